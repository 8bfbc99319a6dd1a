"""The seven tables of docs and stores: keys, indexes, expiry, backups, streams, protection."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.infra.template_reader import Template


@dataclass(frozen=True)
class Table:
    """What a table is meant to be."""

    name: str
    key: tuple[str, str]
    indexes: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    expires: bool = False
    backed_up: bool = False
    stream: str | None = None


LEADS_INDEXES = {
    "by_day": ("day_key", "received_at", "KEYS_ONLY"),
    "worklist": ("worklist", "worklist_at", "KEYS_ONLY"),
    "by_due": ("due_shard", "erase_at", "INCLUDE"),
}
BLOCKS_INDEXES = {"by_scope": ("scope_shard", "blocked_at", "KEYS_ONLY")}
LEDGER_INDEXES = {"by_day": ("day_shard", "at_id", "ALL")}
NUMBERS = {"received_at", "worklist_at", "erase_at", "blocked_at"}

TABLES = [
    Table("setup", ("kind", "id"), backed_up=True),
    Table("leads", ("lead_id", "part"), LEADS_INDEXES, backed_up=True, stream="NEW_AND_OLD_IMAGES"),
    Table("people", ("lead_id", "part"), expires=True, stream="KEYS_ONLY"),
    Table("contacts", ("ref", "entry"), expires=True),
    Table("blocks", ("ref", "scope"), BLOCKS_INDEXES, expires=True, backed_up=True),
    Table("ledger", ("subject", "at_id"), LEDGER_INDEXES, expires=True, backed_up=True, stream="KEYS_ONLY"),
    Table("counters", ("counter", "slot"), expires=True),
]

each_table = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)


def properties(template: Template, table: Table) -> dict[str, Any]:
    return template.properties(f"{table.name.title()}Table")


def key_of(schema: list[dict[str, str]]) -> tuple[str, ...]:
    kinds = {each["KeyType"]: each["AttributeName"] for each in schema}
    return kinds["HASH"], kinds["RANGE"]


def test_there_are_seven_tables(template: Template) -> None:
    assert len(template.of_type("AWS::DynamoDB::Table")) == len(TABLES)


@each_table
def test_name_and_keys(template: Template, table: Table) -> None:
    found = properties(template, table)
    assert found["TableName"] == {"Fn::Sub": f"leadwarden-${{Stage}}-{table.name}"}
    assert key_of(found["KeySchema"]) == table.key
    for attribute in found["AttributeDefinitions"]:
        assert attribute["AttributeType"] == ("N" if attribute["AttributeName"] in NUMBERS else "S")


@each_table
def test_indexes(template: Template, table: Table) -> None:
    found = {
        each["IndexName"]: (*key_of(each["KeySchema"]), each["Projection"]["ProjectionType"])
        for each in properties(template, table).get("GlobalSecondaryIndexes", [])
    }
    assert found == table.indexes


@each_table
def test_expiry_is_on_where_rows_are_to_go(template: Template, table: Table) -> None:
    found = properties(template, table).get("TimeToLiveSpecification")
    assert found == ({"AttributeName": "expires_at", "Enabled": True} if table.expires else None)


def backups(template: Template, table: Table, people_backup_days: int) -> dict[str, Any]:
    """Return a table's backups as CloudFormation reads them for a value of the parameter."""
    found: dict[str, Any] = properties(template, table)["PointInTimeRecoverySpecification"]
    if "Fn::If" not in found:
        return found
    condition, on, off = found["Fn::If"]
    nought = {"Fn::Not": [{"Fn::Equals": [{"Ref": "PeopleBackupDays"}, "0"]}]}
    assert template.content["Conditions"][condition] == nought
    days = on.get("RecoveryPeriodInDays")
    assert days == {"Ref": "PeopleBackupDays"}
    return {**on, "RecoveryPeriodInDays": people_backup_days} if people_backup_days else dict(off)


@each_table
def test_backups_exist_only_where_nobody_is_to_be_deleted_from(template: Template, table: Table) -> None:
    assert backups(template, table, 0) == {"PointInTimeRecoveryEnabled": table.backed_up}


@each_table
def test_persons_are_backed_up_for_as_many_days_as_the_operator_chose(
    template: Template, table: Table
) -> None:
    chosen = {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 7}
    kept = {"PointInTimeRecoveryEnabled": table.backed_up}
    assert backups(template, table, 7) == (chosen if table.name in ("people", "contacts") else kept)


def test_persons_have_no_backup_unless_it_is_chosen(template: Template) -> None:
    parameter = template.content["Parameters"]["PeopleBackupDays"]
    assert (parameter["Default"], parameter["MinValue"], parameter["MaxValue"]) == (0, 0, 35)


@each_table
def test_streams_carry_no_image_of_a_person(template: Template, table: Table) -> None:
    found = properties(template, table).get("StreamSpecification", {}).get("StreamViewType")
    assert found == table.stream


@each_table
def test_tables_are_protected_encrypted_and_on_demand(template: Template, table: Table) -> None:
    found = properties(template, table)
    assert found["DeletionProtectionEnabled"] is True
    assert found["BillingMode"] == "PAY_PER_REQUEST"
    assert found["SSESpecification"]["SSEType"] == "KMS"
    assert found["SSESpecification"]["KMSMasterKeyId"] == {"Fn::GetAtt": ["DataKey", "Arn"]}
