"""A flood at one route starves nothing else (ACC-13): throttles, reservations and the web filter of the template."""

from collections import Counter
from typing import Any

import pytest

from chalicelib.routes import ROUTES
from infra.reservations import functions_by_parameter
from infra.throttles import group_of
from tests.infra.template_reader import Template

STAGE = "* /*"
ACCOUNT_RATE, ACCOUNT_EXECUTIONS = 10_000, 1_000  # of an account in a region, unless AWS has raised it
RESERVED = {
    "ReservedErasures": {"FinishErasures", "AfterErasure", "CarryOutForgets"},
    "ReservedRetirements": {"RetireLeads"},
    "ReservedImports": {"ImportContacts", "ImportLeads"},
}

Settings = dict[str, dict[str, Any]]


@pytest.fixture
def settings(template: Template) -> Settings:
    """Return the stage's settings by route. CloudFormation writes a path as `/~1v1~1leads`."""
    listed = template.properties("RestAPI")["MethodSettings"]
    found = {f"{each['HttpMethod']} {_path(each['ResourcePath'])}": each for each in listed}
    assert len(found) == len(listed)
    return found


def _path(resource_path: str) -> str:
    assert "/" not in resource_path[1:]
    return resource_path if resource_path == "/*" else resource_path[1:].replace("~1", "/")


def default(template: Template, parameter: str) -> int:
    """Return the default of a parameter."""
    return int(template.content["Parameters"][parameter]["Default"])


def groups(settings: Settings) -> Counter[str]:
    """Return how many routes each group has in the template."""
    return Counter(str(group_of(ROUTES[route])) for route in settings.keys() - {STAGE})


def test_ACC_13_each_route_of_a_group_has_its_own_setting_with_the_limits_of_the_group(
    settings: Settings,
) -> None:
    grouped = {route for route, place in ROUTES.items() if group_of(place)}
    assert settings.keys() == grouped | {STAGE}
    for route, setting in settings.items():
        group = "Api" if route == STAGE else group_of(ROUTES[route])
        assert setting["ThrottlingRateLimit"] == {"Ref": f"{group}Rate"}
        assert setting["ThrottlingBurstLimit"] == {"Ref": f"{group}Burst"}


def test_ACC_13_a_limit_is_a_number_above_zero(template: Template, settings: Settings) -> None:
    for group in (*groups(settings), "Api"):
        rate, burst = (template.content["Parameters"][f"{group}{limit}"] for limit in ("Rate", "Burst"))
        assert (rate["Type"], rate["MinValue"], burst["MinValue"]) == ("Number", 1, 1)
        assert rate["Default"] <= burst["Default"]
    assert default(template, "IntakeRate") >= 1_000  # what docs/operations.md promises


def test_ACC_13_routes_with_their_own_buckets_stay_below_what_an_account_has(
    template: Template, settings: Settings
) -> None:
    """The account's own limit is shared by all routes: if one reached it, it would starve the others."""
    rates = [count * default(template, f"{group}Rate") for group, count in groups(settings).items()]
    assert sum(rates) <= ACCOUNT_RATE / 2


def test_ACC_13_public_pages_and_sign_ins_at_their_bursts_leave_executions_for_others(
    template: Template, settings: Settings
) -> None:
    """Each request is an execution while it is answered, and a refused sign-in is answered after a second."""
    counts = groups(settings)
    bursts = {group: default(template, f"{group}Burst") for group in ("Public", "SignIn")}
    assert sum(counts[group] * burst for group, burst in bursts.items()) <= ACCOUNT_EXECUTIONS * 0.6


@pytest.mark.parametrize("parameter", sorted(RESERVED))
def test_ACC_13_erasures_retirements_and_imports_can_have_executions_of_their_own(
    template: Template, parameter: str
) -> None:
    functions = template.of_type("AWS::Serverless::Function")
    choices = {
        name: each["ReservedConcurrentExecutions"]["Fn::If"]
        for name, each in functions.items()
        if "ReservedConcurrentExecutions" in each
    }
    found = {name: choice for name, choice in choices.items() if choice[1] == {"Ref": parameter}}
    assert found.keys() == RESERVED[parameter]
    for condition, _, otherwise in found.values():
        assert template.content["Conditions"][condition] == _differs(parameter, "0")
        assert otherwise == {"Ref": "AWS::NoValue"}


def test_ACC_13_nothing_is_reserved_by_default(template: Template) -> None:
    assert functions_by_parameter(template.content) == {name: len(each) for name, each in RESERVED.items()}
    for parameter in RESERVED:
        declared = template.content["Parameters"][parameter]
        assert (declared["Type"], declared["Default"], declared["MinValue"]) == ("Number", 0, 0)


def test_ACC_13_a_web_filter_is_attached_to_the_stage_where_one_is_given(template: Template) -> None:
    filtered = template.resources["WebFilter"]
    assert template.content["Parameters"]["WebAclArn"]["Default"] == ""
    assert template.content["Conditions"][filtered["Condition"]] == _differs("WebAclArn", "")
    assert filtered["Properties"]["WebACLArn"] == {"Ref": "WebAclArn"}
    stage = filtered["Properties"]["ResourceArn"]["Fn::Sub"]
    assert stage.endswith(":${AWS::Region}::/restapis/${RestAPI}/stages/${RestAPI.Stage}")


def _differs(parameter: str, value: str) -> dict[str, Any]:
    """Return the condition that a parameter is given otherwise than with this value."""
    return {"Fn::Not": [{"Fn::Equals": [{"Ref": parameter}, value]}]}
