"""What the deploy tool says about reserved executions (ACC-13), beside an `aws` that answers from files."""

from typing import Any

import pytest

from infra.aws_cli import Aws
from infra.errors import DeploymentFailed
from infra.reservations import check_reservations
from tests.infra.test_deploy import Cli, cli

__all__ = ["cli"]


def reserving(parameter: str) -> dict[str, Any]:
    choice = {"Fn::If": ["Reserves", {"Ref": parameter}, {"Ref": "AWS::NoValue"}]}
    return {"Type": "AWS::Serverless::Function", "Properties": {"ReservedConcurrentExecutions": choice}}


TEMPLATE = {
    "Resources": {
        "FinishErasures": reserving("ReservedErasures"),
        "AfterErasure": reserving("ReservedErasures"),
        "RetireLeads": reserving("ReservedRetirements"),
        "APIHandler": {"Type": "AWS::Serverless::Function", "Properties": {}},
        "Alias": {"Type": "AWS::KMS::Alias"},
    }
}


def account(cli: Cli, limit: int, unreserved: int, **kept: int) -> None:
    """Let the account have these limits, and the last deployment these parameters."""
    limits = {"ConcurrentExecutions": limit, "UnreservedConcurrentExecutions": unreserved}
    cli.answers("get-account-settings", {"AccountLimit": limits})
    parameters = [{"ParameterKey": name, "ParameterValue": str(value)} for name, value in kept.items()]
    cli.answers("describe-stacks", {"Stacks": [{"Parameters": parameters}]})


def check(*parameters: str) -> None:
    check_reservations(Aws("eu-west-1"), "leadwarden-dev", TEMPLATE, parameters)


def test_ACC_13_a_new_account_can_reserve_nothing(cli: Cli) -> None:
    account(cli, limit=10, unreserved=10)
    with pytest.raises(
        DeploymentFailed, match=r"4 executions are to be reserved, and 0 can be: Lambda runs 10 .* 100"
    ):
        check("ReservedErasures=2")


def test_ACC_13_a_new_account_is_told_and_deploys_without_reservations(
    cli: Cli, capsys: pytest.CaptureFixture[str]
) -> None:
    account(cli, limit=10, unreserved=10)
    check()
    said = capsys.readouterr().out
    assert "nothing is reserved by ReservedErasures, ReservedRetirements: a flood" in said
    assert "Lambda runs 10 executions at once" in said
    assert "0 are reserved here, and 0 more can be" in said


@pytest.mark.parametrize(("erasures", "fits"), [(449, True), (450, False)])
def test_ACC_13_a_hundred_executions_stay_unreserved(cli: Cli, erasures: int, fits: bool) -> None:
    """Two functions and one: 2 x 449 + 2 is all that 1,000 can spare."""
    account(cli, limit=1_000, unreserved=1_000)
    given = (f"ReservedErasures={erasures}", "ReservedRetirements=2")
    if fits:
        check(*given)
        return
    with pytest.raises(DeploymentFailed, match="902 executions are to be reserved, and 900 can be"):
        check(*given)


def test_ACC_13_what_the_last_deployment_reserved_counts_as_room_and_is_kept(cli: Cli) -> None:
    account(cli, limit=1_000, unreserved=110, ReservedErasures=5, ReservedRetirements=3)
    check("ReservedRetirements=13")  # 23 of the 10 that are free and its own 13
    with pytest.raises(DeploymentFailed, match="24 executions are to be reserved, and 23 can be"):
        check("ReservedRetirements=14")


def test_ACC_13_work_that_has_its_own_executions_is_not_named(
    cli: Cli, capsys: pytest.CaptureFixture[str]
) -> None:
    account(cli, limit=1_000, unreserved=1_000, ReservedErasures=2)
    check()
    assert "nothing is reserved by ReservedRetirements: " in capsys.readouterr().out
    check("ReservedRetirements=1")
    assert "nothing is reserved" not in capsys.readouterr().out


def test_ACC_13_an_account_whose_limit_may_not_be_read_deploys(cli: Cli) -> None:
    check("ReservedErasures=2")


def test_ACC_13_a_reservation_is_a_whole_number(cli: Cli) -> None:
    with pytest.raises(DeploymentFailed, match="ReservedErasures is a whole number"):
        check("ReservedErasures=some")
