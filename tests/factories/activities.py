"""Helpers of the tests of activities."""

import json

import boto3

from chalicelib import settings


def rows_of(table: str) -> str:
    """Return all rows of a table, as text."""
    name = settings.current().table_prefix + table
    return json.dumps(boto3.client("dynamodb").scan(TableName=name)["Items"], default=str)
