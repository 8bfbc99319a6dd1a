"""Restores for tests: a table as it was at a point, and the command that brings it back later.

moto copies a table as it is, whatever the point: the tests copy it at the point, and run the command later, as after
a stop.
"""

from typing import Any

import boto3

from chalicelib.privacy.usecases.forget_lead import forget_lead
from infra.restore import tables
from infra.restore.report import Report
from infra.restore.run import RestoreRequest, restore
from infra.stack_settings import use_tables
from tests.factories.leads import DAY, MANAGER, NOW, confirmed

POINT = NOW + 3 * DAY
LATER = POINT + 2 * DAY


def wanted(table: str) -> RestoreRequest:
    """Return what is asked of the command, in a deployment that keeps persons for a week."""
    return RestoreRequest("test", table, POINT, people_backup_days=7)


def client() -> Any:
    """Return a client of the tables in memory."""
    return boto3.client("dynamodb")


def at_the_point(table: str) -> None:
    """Let the copy be as the table was at the point."""
    backups = {"PointInTimeRecoveryEnabled": True}
    client().update_continuous_backups(
        TableName=wanted(table).source, PointInTimeRecoverySpecification=backups
    )
    tables.restore_from_backup(client(), wanted(table).source, wanted(table).target, POINT)


def back(table: str, now: int = LATER) -> Report:
    """Run the command."""
    return restore(client(), wanted(table), now)


def restored(table: str) -> Any:
    """Let the stores use the restored table."""
    return use_tables(wanted(table).target.removesuffix(table))


def forget_as_user(lead_id: str, now: int) -> None:
    """Forget a lead as a user does."""
    confirmed(lambda given: forget_lead(MANAGER, lead_id, False, given, now))
