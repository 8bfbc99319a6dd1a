"""The API's own settings, and the intake routes' function (ACC-10)."""

import json
import re
from typing import Any

import pytest

from tests.infra.template_reader import Template

PERSONAL = re.compile(
    r"sourceIp|userAgent|identity|context\.path\b|authorizer|requestOverride|querystring", re.I
)
INTAKE_PATH = "/v1/campaigns/{campaign_id}/leads"


def routes(template: Template) -> dict[tuple[str, str], Any]:
    paths = template.properties("RestAPI")["DefinitionBody"]["paths"]
    return {(method, path): each for path, methods in paths.items() for method, each in methods.items()}


def function_of(route: dict[str, Any]) -> str:
    uri = route["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"]
    found = re.search(r"\$\{(\w+)\.Arn\}/invocations$", uri)
    assert found, uri
    return found.group(1)


def test_the_api_is_regional_with_one_stage(template: Template) -> None:
    api = template.properties("RestAPI")
    assert api["EndpointConfiguration"] == "REGIONAL"
    assert api["StageName"] == "api"
    assert template.content["Globals"]["Api"]["OpenApiVersion"] == "2.0"


def test_the_api_is_throttled_and_logs_no_bodies(template: Template) -> None:
    for settings in template.properties("RestAPI")["MethodSettings"]:
        for limit in ("ThrottlingRateLimit", "ThrottlingBurstLimit"):
            assert template.content["Parameters"][settings[limit]["Ref"]]["MinValue"] > 0
        assert settings["DataTraceEnabled"] is False
        assert settings["LoggingLevel"] == "OFF"


def test_access_logs_are_json_without_personal_data(template: Template) -> None:
    form = template.properties("RestAPI")["AccessLogSetting"]["Format"]
    logged = json.loads(form)
    assert not PERSONAL.search(form)
    assert logged["route"] == "$context.resourcePath"


@pytest.mark.parametrize(
    ("response", "status", "code"),
    [
        ("MISSING_AUTHENTICATION_TOKEN", "404", "not_found"),
        ("THROTTLED", "429", "throttled"),
        ("REQUEST_TOO_LARGE", "413", "too_large"),
        ("UNSUPPORTED_MEDIA_TYPE", "415", "unsupported_media_type"),
        ("WAF_FILTERED", "403", "forbidden"),
        ("DEFAULT_4XX", None, "malformed"),
        ("DEFAULT_5XX", "503", "unavailable"),
    ],
)
def test_the_gateways_own_refusals_have_our_shape(
    template: Template, response: str, status: str | None, code: str
) -> None:
    found = template.properties("RestAPI")["GatewayResponses"][response]
    answer = json.loads(found["ResponseTemplates"]["application/json"])
    assert found.get("StatusCode") == status
    assert set(answer) == {"error"}
    assert set(answer["error"]) == {"code", "message"}
    assert answer["error"]["code"] == code


def test_every_answer_of_the_gateway_carries_the_headers_that_ours_do(template: Template) -> None:
    for name, response in template.properties("RestAPI")["GatewayResponses"].items():
        headers = dict(response["ResponseParameters"]["Headers"])
        wait = headers.pop("Retry-After", None)
        assert headers == {
            "X-Request-Id": "context.requestId",
            "Cache-Control": "'no-store'",
            "X-Content-Type-Options": "'nosniff'",
        }, name
        assert (wait is not None) == (response.get("StatusCode") in ("429", "503")), name


def test_ACC_10_posting_a_lead_runs_in_the_intake_function(template: Template) -> None:
    assert function_of(routes(template)["post", INTAKE_PATH]) == "IntakeHandler"


def test_ACC_10_no_other_route_does(template: Template) -> None:
    intake = {key for key, route in routes(template).items() if function_of(route) == "IntakeHandler"}
    assert intake == {("post", INTAKE_PATH)}


def test_every_integration_is_a_whole_one(template: Template) -> None:
    for key, route in routes(template).items():
        assert route["x-amazon-apigateway-integration"].get("type") == "aws_proxy", key


def test_the_gateway_may_call_the_intake_function_for_posts_below_campaigns_only(template: Template) -> None:
    source = template.properties("IntakeHandlerInvokePermission")["SourceArn"]["Fn::Sub"]
    assert source.endswith(":${RestAPI}/*/POST/v1/campaigns/*")


def test_both_api_functions_are_the_same_code_with_the_gateways_time_limit(template: Template) -> None:
    api, intake = (dict(template.properties(name)) for name in ("APIHandler", "IntakeHandler"))
    for own in ("Role", "FunctionName", "Environment"):
        assert api.pop(own) != intake.pop(own)
    assert api == intake
    assert api["Timeout"] == 29
