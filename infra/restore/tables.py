"""Restore a whole table to a point in time, with the settings that a restore loses."""

from collections.abc import Iterator, Mapping
from typing import Any

from infra.merge import read_resources
from infra.package import ROOT

_NAME = "leadwarden-${Stage}-"
_BACKUPS = "PointInTimeRecoverySpecification"
_ON = {"ENABLED", "ENABLING"}
_WAITER = {"Delay": 20, "MaxAttempts": 2_000}


class NoBackup(Exception):
    """The table has no backup; the message is one line for the operator."""


def design_of(table: str, people_backup_days: int) -> dict[str, Any]:
    """Return the properties of a table in the template, by its short name and this value of `PeopleBackupDays`."""
    resources = read_resources(ROOT / "infra" / "resources")["Resources"].values()
    designs = [each["Properties"] for each in resources if each.get("Type") == "AWS::DynamoDB::Table"]
    wanted = {"Fn::Sub": _NAME + table}
    design = next(each for each in designs if each["TableName"] == wanted)
    return {**design, _BACKUPS: _backups(design[_BACKUPS], people_backup_days)}


def has_backup(design: Mapping[str, Any]) -> bool:
    """Return whether the table has a backup."""
    return bool(design[_BACKUPS]["PointInTimeRecoveryEnabled"])


def restore_from_backup(client: Any, source: str, target: str, instant: int) -> bool:
    """Restore `source` to its state at `instant` as `target`, and wait; return False if `target` exists already.

    A restore that an earlier run started is waited for: the name contains the instant.
    """
    fresh = not exists(client, target)
    if fresh:
        client.restore_table_to_point_in_time(
            SourceTableName=source,
            TargetTableName=target,
            RestoreDateTime=instant,
            **_encryption(client, source),
        )
    wait(client, target)
    return fresh


def exists(client: Any, name: str) -> bool:
    """Return whether a table of this name exists, ready or not."""
    try:
        client.describe_table(TableName=name)
    except client.exceptions.ResourceNotFoundException:
        return False
    return True


def wait(client: Any, name: str) -> None:
    """Wait until a table is ready; a restore takes from minutes to hours."""
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig=_WAITER)


def protect(client: Any, name: str, design: Mapping[str, Any]) -> None:
    """Switch on what a restored table lacks, as the template says: expiry, backups, protection; safe to repeat.

    It runs after the replay: no backup then contains what the replay deletes, and no old expiry deletes a row.
    """
    expiry = design.get("TimeToLiveSpecification")
    if expiry and _expiry(client, name) not in _ON:
        wanted = {"AttributeName": expiry["AttributeName"], "Enabled": True}
        client.update_time_to_live(TableName=name, TimeToLiveSpecification=wanted)
    if has_backup(design):
        client.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=design[_BACKUPS])
    if not client.describe_table(TableName=name)["Table"].get("DeletionProtectionEnabled"):
        client.update_table(TableName=name, DeletionProtectionEnabled=True)
        wait(client, name)


def stream(client: Any, name: str, design: Mapping[str, Any]) -> None:
    """Switch the stream on as the last step: no stream then contains the changes of the restore; safe to repeat."""
    view = design.get("StreamSpecification", {}).get("StreamViewType")
    if view and not client.describe_table(TableName=name)["Table"].get("StreamSpecification"):
        wanted = {"StreamEnabled": True, "StreamViewType": view}
        client.update_table(TableName=name, StreamSpecification=wanted)
        wait(client, name)


def open_settings(client: Any, name: str, design: Mapping[str, Any]) -> list[str]:
    """Return which settings of the template the table still lacks."""
    described = client.describe_table(TableName=name)["Table"]
    wanted = {
        "time to live": "TimeToLiveSpecification" not in design or _expiry(client, name) in _ON,
        "point-in-time recovery": _is_backed_up(client, name, design[_BACKUPS]),
        "deletion protection": described.get("DeletionProtectionEnabled", False),
        "stream": "StreamSpecification" not in design or bool(described.get("StreamSpecification")),
    }
    return [setting for setting, right in wanted.items() if not right]


def delete_expired(client: Any, name: str, design: Mapping[str, Any], now: int) -> int:
    """Delete every expired row: time to live would take days to delete them."""
    if "TimeToLiveSpecification" not in design:
        return 0
    attribute = design["TimeToLiveSpecification"]["AttributeName"]
    names = [key["AttributeName"] for key in design["KeySchema"]]
    condition = {
        "ExpressionAttributeNames": {"#end": attribute},
        "ExpressionAttributeValues": {":now": {"N": str(now)}},
    }
    count = 0
    for item in scanned(client, name, FilterExpression="#end <= :now", **condition):
        key = {part: item[part] for part in names}
        client.delete_item(TableName=name, Key=key, ConditionExpression="#end <= :now", **condition)
        count += 1
    return count


def scanned(client: Any, name: str, **options: Any) -> Iterator[dict[str, Any]]:
    """Yield the rows of a whole table, strongly consistent."""
    for page in client.get_paginator("scan").paginate(TableName=name, ConsistentRead=True, **options):
        yield from page["Items"]


def _backups(declared: Mapping[str, Any], people_backup_days: int) -> dict[str, Any]:
    """Return the backup settings of a table; `people_backup_days` decides where the template has a condition."""
    if "Fn::If" not in declared:
        return dict(declared)
    if not people_backup_days:
        return {"PointInTimeRecoveryEnabled": False}
    return {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": people_backup_days}


def _is_backed_up(client: Any, name: str, wanted: Mapping[str, Any]) -> bool:
    """Return whether the backups are on where they are wanted, for the wanted number of days."""
    described = client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    found = described["PointInTimeRecoveryDescription"]
    days = wanted.get("RecoveryPeriodInDays", found.get("RecoveryPeriodInDays"))
    on = found["PointInTimeRecoveryStatus"] in _ON and found.get("RecoveryPeriodInDays") == days
    return on or not wanted["PointInTimeRecoveryEnabled"]


def _expiry(client: Any, name: str) -> str:
    found = client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    return str(found["TimeToLiveStatus"])


def _encryption(client: Any, source: str) -> dict[str, Any]:
    """Return the key of the source table; without it the restored table could get another key."""
    found = client.describe_table(TableName=source)["Table"].get("SSEDescription", {})
    if "KMSMasterKeyArn" not in found:
        return {}
    key = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": found["KMSMasterKeyArn"]}
    return {"SSESpecificationOverride": key}
