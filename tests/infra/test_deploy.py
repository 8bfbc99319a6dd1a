"""The deploy tool's own decisions, beside an `aws` that answers from files and notes what it was asked."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra import deploy, safeguards
from infra.aws_cli import Aws
from infra.errors import DeploymentFailed
from tests.infra.template_reader import ROOT, Template

ANSWERING = """#!{python}
import json, pathlib, sys
here = pathlib.Path(__file__).parent
with (here / "asked").open("a") as asked:
    asked.write(json.dumps(sys.argv[1:]) + "\\n")
answer = here / sys.argv[4]
print(answer.read_text() if answer.exists() else "")
"""


class Cli:
    """An `aws` command that knows a few answers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        command = folder / "aws"
        command.write_text(ANSWERING.format(python=sys.executable))
        command.chmod(0o755)

    def answers(self, operation: str, answer: dict[str, Any]) -> None:
        """Let one operation answer so."""
        (self.folder / operation).write_text(json.dumps(answer))

    def asked(self) -> list[list[str]]:
        """Every command line there was."""
        return [json.loads(line) for line in (self.folder / "asked").read_text().splitlines()]


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return Cli(tmp_path)


def test_tables_that_do_not_expire_stop_the_deployment(cli: Cli, template: Template) -> None:
    cli.answers("describe-time-to-live", {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}})
    outputs = {name: name for name in template.of_type("AWS::DynamoDB::Table")}
    with pytest.raises(DeploymentFailed, match="no expiry"):
        deploy._verify_expiry(Aws("eu-west-1"), template.content, outputs)


def test_every_table_meant_to_expire_is_looked_at(cli: Cli, template: Template) -> None:
    on = {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}
    cli.answers("describe-time-to-live", {"TimeToLiveDescription": on})
    tables = template.of_type("AWS::DynamoDB::Table")
    deploy._verify_expiry(Aws("eu-west-1"), template.content, {name: name for name in tables})
    expiring = {name for name, table in tables.items() if "TimeToLiveSpecification" in table}
    assert {line[line.index("--table-name") + 1] for line in cli.asked()} == expiring


def test_the_packages_bucket_is_private_and_made_once(cli: Cli) -> None:
    cli.answers("get-caller-identity", {"Account": "123456789012"})
    cli.answers("list-buckets", {"Buckets": []})
    bucket = deploy._package_bucket(Aws("eu-west-1"), "eu-west-1")
    assert bucket == "leadwarden-packages-123456789012-eu-west-1"
    assert [line[3] for line in cli.asked()][-3:] == ["mb", "put-public-access-block", "put-bucket-policy"]
    cli.answers("list-buckets", {"Buckets": [{"Name": bucket}]})
    deploy._package_bucket(Aws("eu-west-1"), "eu-west-1")
    assert [line[3] for line in cli.asked()].count("mb") == 1


def test_SEC_C10_the_packages_bucket_refuses_plain_transport_also_where_it_exists(cli: Cli) -> None:
    bucket = "leadwarden-packages-123456789012-eu-west-1"
    cli.answers("get-caller-identity", {"Account": "123456789012"})
    cli.answers("list-buckets", {"Buckets": [{"Name": bucket}]})
    deploy._package_bucket(Aws("eu-west-1"), "eu-west-1")
    lines = {line[3]: line for line in cli.asked()}
    assert "put-public-access-block" in lines
    policy = json.loads(lines["put-bucket-policy"][-1])["Statement"][0]
    assert (policy["Effect"], policy["Principal"], policy["Action"]) == ("Deny", "*", "s3:*")
    assert policy["Resource"] == [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    assert policy["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


@pytest.mark.parametrize(
    ("given", "kept", "deploys"),
    [
        ([], None, False),
        ([], "", False),
        (["LogLevel=DEBUG"], "", False),
        ([], "ops@example.org", True),
        (["AlarmEmail=ops@example.org"], None, True),
        (["AlarmEmail="], None, True),
    ],
)
def test_SEC_C10_a_deployment_says_who_gets_the_alarms(
    cli: Cli, given: list[str], kept: str | None, deploys: bool
) -> None:
    if kept is not None:
        parameters = [{"ParameterKey": "AlarmEmail", "ParameterValue": kept}]
        cli.answers("describe-stacks", {"Stacks": [{"Parameters": parameters}]})
    if deploys:
        safeguards.require_alarm_address(Aws("eu-west-1"), "leadwarden-dev", given)
        return
    with pytest.raises(DeploymentFailed, match="AlarmEmail=<address>"):
        safeguards.require_alarm_address(Aws("eu-west-1"), "leadwarden-dev", given)


@pytest.mark.parametrize(
    ("subscriptions", "told"),
    [([], True), (["PendingConfirmation"], True), (["arn:aws:sns:eu-west-1:1:alarms:1"], False)],
)
def test_SEC_C10_an_unconfirmed_address_is_told(
    cli: Cli, capsys: pytest.CaptureFixture[str], subscriptions: list[str], told: bool
) -> None:
    answer = {"Subscriptions": [{"SubscriptionArn": arn} for arn in subscriptions]}
    cli.answers("list-subscriptions-by-topic", answer)
    safeguards.tell_unconfirmed(Aws("eu-west-1"), {"AlarmsTopic": "arn:aws:sns:eu-west-1:1:alarms"})
    assert ("nobody gets the alarms yet" in capsys.readouterr().out) is told


def test_SEC_C10_the_stack_is_protected_from_deletion(cli: Cli) -> None:
    safeguards.protect_stack(Aws("eu-west-1"), "leadwarden-dev")
    assert cli.asked()[0][2:] == [
        *("cloudformation", "update-termination-protection", "--stack-name", "leadwarden-dev"),
        "--enable-termination-protection",
    ]


def test_SEC_B5_a_replaced_client_of_the_pool_is_deleted(cli: Cli) -> None:
    """An update retains it by the policy of the earlier template; it would take passwords from anybody."""
    clients = [
        {"ClientId": "new", "ClientName": "api"},
        {"ClientId": "old", "ClientName": "api"},
        {"ClientId": "own", "ClientName": "of-the-operator"},
    ]
    cli.answers("list-user-pool-clients", {"UserPoolClients": clients})
    safeguards.remove_replaced_clients(Aws("eu-west-1"), {"PoolId": "pool", "PoolClientId": "new"})
    deleted = [line[-1] for line in cli.asked() if line[3] == "delete-user-pool-client"]
    assert deleted == ["old"]


def test_ACC_13_reservations_beyond_the_account_stop_a_deployment_before_it_changes_anything(
    cli: Cli, packaged: Path
) -> None:
    assert packaged.exists()
    limits = {"ConcurrentExecutions": 10, "UnreservedConcurrentExecutions": 10}
    cli.answers("get-account-settings", {"AccountLimit": limits})
    with pytest.raises(DeploymentFailed, match="9 executions are to be reserved, and 0 can be"):
        deploy.deploy("dev", "eu-west-1", ["AlarmEmail=", "ReservedErasures=3"])
    assert {line[3] for line in cli.asked()} == {"describe-stacks", "get-account-settings"}


def test_stage_and_version_follow_the_package(template: Template) -> None:
    """The CLI keeps a parameter's last value, so what follows the code is said at every deployment."""
    version = template.content["Parameters"]["Version"]["Default"]
    assert list(deploy._package_parameters(template.content)) == ["Stage=prod", f"Version={version}"]


def test_a_machine_without_the_cli_gets_one_line(packaged: Path, tmp_path: Path) -> None:
    assert packaged.exists()
    command = [sys.executable, "-m", "infra.deploy", "--stage", "dev", "--region", "eu-west-1"]
    environment = {**os.environ, "PATH": str(tmp_path)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines() == ["leadwarden: the AWS CLI is needed: https://aws.amazon.com/cli/"]
