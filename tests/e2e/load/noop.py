"""The floor of the rates: a function that does nothing, behind the engine's API as the application's functions are."""

import io
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from infra.local import aws
from infra.local.api import Api
from infra.local.stack_config import REGION, StackConfig
from tests.e2e.load.callers import until_answered

_NAME, _LIKE = "leadwarden-load-noop", "leadwarden-local-intake"
_CODE = 'def handler(event, context):\n    return {"statusCode": 200, "body": "{}"}\n'


@contextmanager
def noop_function(config: StackConfig) -> Iterator[Api]:
    """Deploy the function with runtime and role of the intake, and remove it afterwards. Yield a caller of it."""
    functions, gateway = aws.client(config, "lambda"), aws.client(config, "apigateway")
    like = functions.get_function_configuration(FunctionName=_LIKE)
    function = functions.create_function(
        FunctionName=_NAME,
        Runtime=like["Runtime"],
        Role=like["Role"],
        Handler="noop.handler",
        Code={"ZipFile": _archive()},
        MemorySize=like["MemorySize"],
    )
    api_id = gateway.create_rest_api(name=_NAME)["id"]
    try:
        _route(gateway, functions, api_id, function["FunctionArn"])
        yield Api(f"{config.endpoint_url}/_aws/execute-api/{api_id}/api")
    finally:
        gateway.delete_rest_api(restApiId=api_id)
        functions.delete_function(FunctionName=_NAME)


def seconds_of(api: Api, posts: int, callers: int, body: dict[str, str]) -> list[float]:
    """Post so many times with so many callers, and return how long each post took."""

    def post(_: int) -> float:
        began = time.monotonic()
        answer, _tries = until_answered(lambda: api.post("/noop", body))
        assert answer.status == 200, answer.content
        return time.monotonic() - began

    with ThreadPoolExecutor(callers) as pool:
        return list(pool.map(post, range(posts)))


def _archive() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("noop.py", _CODE)
    return content.getvalue()


def _route(gateway: Any, functions: Any, api_id: str, arn: str) -> None:
    """Let the API hand each post to the function, as the application's API does."""
    (root,) = gateway.get_resources(restApiId=api_id)["items"]
    path = gateway.create_resource(restApiId=api_id, parentId=root["id"], pathPart="noop")["id"]
    method = {"restApiId": api_id, "resourceId": path, "httpMethod": "POST"}
    gateway.put_method(**method, authorizationType="NONE")
    gateway.put_integration(
        **method,
        type="AWS_PROXY",
        integrationHttpMethod="POST",
        uri=f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{arn}/invocations",
    )
    functions.add_permission(
        FunctionName=_NAME,
        StatementId="load",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=f"arn:aws:execute-api:{REGION}:000000000000:{api_id}/*",
    )
    gateway.create_deployment(restApiId=api_id, stageName="api")
