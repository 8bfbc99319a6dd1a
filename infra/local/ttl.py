"""Set the time to live of every table as the template says: the engine's CloudFormation does not set it."""

from collections.abc import Mapping
from typing import Any

from infra.local import aws
from infra.local.stack_config import LocalStackError, StackConfig


def declared(template: Mapping[str, Any]) -> dict[str, str]:
    """Return the attribute of each table that has a time to live, by logical id."""
    tables = {
        name: resource["Properties"]
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::DynamoDB::Table"
    }
    return {
        name: properties["TimeToLiveSpecification"]["AttributeName"]
        for name, properties in tables.items()
        if properties.get("TimeToLiveSpecification", {}).get("Enabled")
    }


def ensure(config: StackConfig, template: Mapping[str, Any], tables: Mapping[str, str]) -> int:
    """Set and verify each table's time to live (`tables`: logical id to name); return how many have one."""
    dynamodb = aws.client(config, "dynamodb")
    wanted = declared(template)
    for logical_id, attribute in wanted.items():
        name = tables[logical_id]
        if _present(dynamodb, name) != attribute:
            specification = {"Enabled": True, "AttributeName": attribute}
            dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=specification)
        if _present(dynamodb, name) != attribute:
            raise LocalStackError(f"The table {name} has no time to live.")
    return len(wanted)


def _present(dynamodb: Any, table: str) -> str | None:
    described = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    return described.get("AttributeName") if described["TimeToLiveStatus"] == "ENABLED" else None
