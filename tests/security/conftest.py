"""The organisation for the security tests."""

from typing import Any

import boto3
import pytest

from chalicelib import settings
from chalicelib.aws import clients
from tests.harness.api import ApiHarness
from tests.security.dataset import Dataset, build

BUCKETS = ("IMPORTS_BUCKET", "SEALS_BUCKET")


@pytest.fixture
def dataset(pool: Any, api: ApiHarness, monkeypatch: pytest.MonkeyPatch) -> Dataset:
    """Two projects, callers of every kind, and one item of every kind in the first project."""
    for name in BUCKETS:
        bucket = f"leadwarden-test-{name.lower().replace('_', '-')}"
        boto3.client("s3").create_bucket(Bucket=bucket)
        monkeypatch.setenv(name, bucket)
    settings.current.cache_clear()
    clients.clear_cache()
    return build(api, pool)
