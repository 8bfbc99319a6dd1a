"""Use the settings of a deployed stack: a tool of the operator reads them from the API function."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import boto3


def load_settings(stage: str) -> None:
    """Set the environment of this process to that of the deployed application, before any of its code reads it."""
    found = boto3.client("cloudformation").describe_stack_resource(
        StackName=f"leadwarden-{stage}", LogicalResourceId="APIHandler"
    )
    name = found["StackResourceDetail"]["PhysicalResourceId"]
    settings = boto3.client("lambda").get_function_configuration(FunctionName=name)
    os.environ.update(settings["Environment"]["Variables"])


def people_backup_days(stage: str) -> int:
    """Return the deployment's parameter `PeopleBackupDays`; 0 for a stack that is older than the parameter."""
    stacks = boto3.client("cloudformation").describe_stacks(StackName=f"leadwarden-{stage}")["Stacks"]
    values = {item["ParameterKey"]: item["ParameterValue"] for item in stacks[0].get("Parameters", ())}
    return int(values.get("PeopleBackupDays", 0))


@contextmanager
def use_tables(prefix: str) -> Iterator[None]:
    """Let the stores of the application use the tables with this prefix, for the length of a `with` block."""
    before = os.environ["TABLE_PREFIX"]
    _use_tables(prefix)
    try:
        yield
    finally:
        _use_tables(before)


def _use_tables(prefix: str) -> None:
    from chalicelib import settings
    from chalicelib.aws.dynamodb import rows
    from chalicelib.organisation import store as configuration

    os.environ["TABLE_PREFIX"] = prefix
    settings.current.cache_clear()
    configuration.clear_cache()
    rows.clear_cache()
