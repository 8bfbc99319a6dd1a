"""What the package tool completes: the intake function, events, alarms, the dashboard."""

import json
from typing import Any

import pytest

from chalicelib.routes import EVENT_FUNCTIONS
from infra.errors import TemplateError
from infra.merge import read_resources
from infra.postprocess import postprocess
from tests.infra.template_reader import EVENT_LOGICAL_IDS, ROOT, Template

RESOURCES = ROOT / "infra" / "resources"


def application(**more: Any) -> dict[str, Any]:
    """Return the least that a packaged application has."""
    function: dict[str, Any] = {"Type": "AWS::Serverless::Function"}
    given = {
        "APIHandler": {**function, "Properties": {"Role": "api", "MemorySize": 7, "FunctionName": "api"}},
        "ApiHandlerRole": {"Type": "AWS::IAM::Role", "Properties": {"Policies": ["api"]}},
        "ApiHandlerLogGroup": {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 3}},
        "IntakeHandler": {**function, "Properties": {"Role": "own", "FunctionName": "intake"}},
        "RestAPI": api({}),
    }
    return given | more


def api(paths: dict[str, Any]) -> dict[str, Any]:
    """Return an API with these paths and a setting for the whole stage."""
    stage = {"HttpMethod": "*", "ResourcePath": "/*", "ThrottlingRateLimit": 7, "LoggingLevel": "OFF"}
    properties = {"DefinitionBody": {"paths": paths}, "MethodSettings": [stage]}
    return {"Type": "AWS::Serverless::Api", "Properties": properties}


def completed(resources: dict[str, Any], widgets: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the resources as the package tool completes them."""
    found: dict[str, Any] = postprocess({"Resources": resources}, {"Statement": []}, widgets or {})[
        "Resources"
    ]
    return found


def scheduled(**event: Any) -> dict[str, Any]:
    """Return a new function as Chalice packages it, with one event."""
    properties = {"Handler": "chalicelib.work.handlers.totals.totals", "Events": {"Event": event}}
    return {"CountLeads": {"Type": "AWS::Serverless::Function", "Properties": properties}}


def test_the_intake_function_follows_the_api_function() -> None:
    other = {"L": {"Type": "AWS::Logs::LogGroup", "Properties": {}}}
    given = application(**other)
    made = completed(given)
    group = {"Environment": {"Variables": {"ROUTE_GROUP": "intake"}}}
    own = {"Role": "own", "FunctionName": "intake", "MemorySize": 7}
    assert made["IntakeHandler"]["Properties"] == {**own, **group}
    assert made["IntakeHandlerRole"]["Properties"]["Policies"][0]["PolicyDocument"] == {"Statement": []}
    assert made["L"]["Properties"]["RetentionInDays"] == 3
    assert given["ApiHandlerRole"]["Properties"] == {"Policies": ["api"]}


def test_a_function_that_is_described_but_not_there_is_refused() -> None:
    with pytest.raises(TemplateError, match="DeliverLeads"):
        completed({"DeliverLeads": {"Properties": {"Events": {}}}})


def test_a_route_that_is_described_but_not_there_is_refused() -> None:
    paths = {"/v1/leads": {"post": {"x-amazon-apigateway-integration": {"uri": "ours"}}}}
    with pytest.raises(TemplateError, match="/v1/leads"):
        completed({"RestAPI": api(paths)})


def test_a_new_schedule_needs_no_resource_file() -> None:
    made = completed(application(**scheduled(Type="Schedule", Properties={"Schedule": "rate(1 hour)"})))

    properties = made["CountLeads"]["Properties"]
    assert properties["FunctionName"] == {"Fn::Sub": "leadwarden-${Stage}-count-leads"}
    assert properties["Events"]["Event"]["Properties"] == {
        "Schedule": "rate(1 hour)",
        "RetryPolicy": {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 600},
        "DeadLetterConfig": {"Arn": {"Fn::GetAtt": ["EventFailures", "Arn"]}},
    }
    assert {"CountLeadsErrors", "CountLeadsThrottles"} <= made.keys()


def test_a_new_stream_needs_no_resource_file() -> None:
    properties = {"Stream": "arn", "StartingPosition": "LATEST"}

    made = completed(application(**scheduled(Type="DynamoDB", Properties=properties)))

    event = made["CountLeads"]["Properties"]["Events"]["Event"]["Properties"]
    assert event["StartingPosition"] == "TRIM_HORIZON"
    assert event["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert event["DestinationConfig"]["OnFailure"]["Type"] == "SQS"
    assert made["CountLeadsBehind"]["Properties"]["MetricName"] == "IteratorAge"


def test_a_resource_file_may_set_another_retry() -> None:
    given = {"Schedule": "rate(1 day)", "RetryPolicy": {"MaximumEventAgeInSeconds": 3_600}}

    made = completed(application(**scheduled(Type="Schedule", Properties=given)))

    event = made["CountLeads"]["Properties"]["Events"]["Event"]["Properties"]
    assert event["RetryPolicy"] == {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 3_600}


def test_an_event_without_known_retries_is_refused() -> None:
    with pytest.raises(TemplateError, match=r"SQS .*CountLeads"):
        completed(application(**scheduled(Type="SQS", Properties={})))


def test_an_alarm_on_an_own_metric_needs_only_what_differs() -> None:
    given = {"MetricName": "LeadsCounted", "Threshold": 5, "EvaluationPeriods": 2}
    alarm = {"Counted": {"Type": "AWS::CloudWatch::Alarm", "Properties": given}}

    made = completed(application(**alarm))["Counted"]["Properties"]

    assert (made["Namespace"], made["EvaluationPeriods"]) == ("Leadwarden", 2)
    assert made["Dimensions"] == [{"Name": "stage", "Value": {"Ref": "Stage"}}]
    assert made["AlarmActions"] == [{"Ref": "Alarms"}]


def test_widgets_are_placed_by_their_order() -> None:
    dashboard = {"Dashboard": {"Type": "AWS::CloudWatch::Dashboard", "Properties": {}}}
    widgets = {
        "Later": {"order": 90, "stat": "Sum", "period": 60, "metrics": {"B": {"stats": ["p50", "p99"]}}},
        "First": {"order": 1, "period": 60, "metrics": {"A": {"namespace": "N", "dimension": ["D", "d"]}}},
    }

    made = completed(application(**dashboard), widgets)["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]

    found = json.loads(made)["widgets"]
    titles = [widget["properties"]["title"] for widget in found]
    assert titles == ["First", "Errors by function", "Streams: age of the oldest record (ms)", "Later"]
    assert [(widget["x"], widget["y"]) for widget in found] == [(0, 0), (12, 0), (0, 6), (12, 6)]
    assert found[0]["properties"]["metrics"] == [["N", "A", "D", "d"]]
    assert found[3]["properties"]["metrics"] == [
        ["Leadwarden", "B", "stage", "${Stage}", {"stat": stat}] for stat in ("p50", "p99")
    ]


def test_a_widget_that_no_file_declares_is_refused() -> None:
    dashboard = {"Dashboard": {"Type": "AWS::CloudWatch::Dashboard", "Properties": {}}}
    with pytest.raises(TemplateError, match="Lost"):
        completed(application(**dashboard), {"Lost": {"metrics": {"A": {}}}})


def test_resource_files_are_named_like_areas() -> None:
    areas = {path.parent.name for path in (ROOT / "chalicelib").glob("*/__init__.py")}
    assert {path.stem for path in RESOURCES.glob("*.yaml")} <= areas


@pytest.mark.parametrize("name", sorted(EVENT_LOGICAL_IDS))
def test_a_function_is_described_in_the_file_of_its_area(name: str) -> None:
    area = EVENT_FUNCTIONS[EVENT_LOGICAL_IDS[name]].partition(".")[0]
    described = [path.stem for path in RESOURCES.glob("*.yaml") if f"\n  {name}:\n" in path.read_text()]
    assert described in ([], [area])


def test_every_line_of_the_dashboard_is_a_metric_that_exists(template: Template) -> None:
    code = "".join(path.read_text() for path in (ROOT / "chalicelib").rglob("*.py"))
    widgets = read_resources(RESOURCES)["Widgets"].values()
    own = {
        name for widget in widgets for name, metric in widget["metrics"].items() if "namespace" not in metric
    }
    assert own
    assert [name for name in own if f'metric("{name}"' not in code] == []
    body = json.loads(template.properties("Dashboard")["DashboardBody"]["Fn::Sub"])
    (errors,) = [each for each in body["widgets"] if each["properties"]["title"] == "Errors by function"]
    assert len(errors["properties"]["metrics"]) == len(EVENT_LOGICAL_IDS) + 2
