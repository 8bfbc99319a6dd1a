"""The deploy tool's own decisions, beside an `aws` that answers from files and notes what it was asked."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra import deploy
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
    with pytest.raises(deploy.DeploymentFailed, match="no expiry"):
        deploy._verify_expiry(deploy.Aws("eu-west-1"), template.content, outputs)


def test_every_table_meant_to_expire_is_looked_at(cli: Cli, template: Template) -> None:
    on = {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}
    cli.answers("describe-time-to-live", {"TimeToLiveDescription": on})
    tables = template.of_type("AWS::DynamoDB::Table")
    deploy._verify_expiry(deploy.Aws("eu-west-1"), template.content, {name: name for name in tables})
    expiring = {name for name, table in tables.items() if "TimeToLiveSpecification" in table}
    assert {line[line.index("--table-name") + 1] for line in cli.asked()} == expiring


def test_the_packages_bucket_is_private_and_made_once(cli: Cli) -> None:
    cli.answers("get-caller-identity", {"Account": "123456789012"})
    cli.answers("list-buckets", {"Buckets": []})
    bucket = deploy._package_bucket(deploy.Aws("eu-west-1"), "eu-west-1")
    assert bucket == "leadwarden-packages-123456789012-eu-west-1"
    assert [line[3] for line in cli.asked()][-2:] == ["mb", "put-public-access-block"]
    cli.answers("list-buckets", {"Buckets": [{"Name": bucket}]})
    deploy._package_bucket(deploy.Aws("eu-west-1"), "eu-west-1")
    assert [line[3] for line in cli.asked()].count("mb") == 1


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
