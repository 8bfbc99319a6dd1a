"""The two buckets: closed, encrypted, over TLS only; one keeps nothing, one keeps everything (PRI-25, PRI-32)."""

import pytest

from tests.infra.template_reader import Template

BUCKETS = ["ImportsBucket", "SealsBucket"]


@pytest.mark.parametrize("bucket", BUCKETS)
def test_a_bucket_is_closed_and_encrypted(template: Template, bucket: str) -> None:
    properties = template.properties(bucket)
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
    assert properties["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    assert properties["BucketEncryption"]


@pytest.mark.parametrize("bucket", BUCKETS)
def test_a_bucket_is_reached_over_tls_only(template: Template, bucket: str) -> None:
    (statement,) = template.properties(f"{bucket}Policy")["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Action"], statement["Principal"]) == ("Deny", "s3:*", "*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_PRI_25_what_our_own_removal_leaves_expires_within_two_days(template: Template) -> None:
    """S3 counts days from the next midnight of UTC, so a rule of one day means up to two."""
    properties = template.properties("ImportsBucket")
    rules = properties["LifecycleConfiguration"]["Rules"]
    expiring = {rule["Prefix"]: rule["ExpirationInDays"] for rule in rules if "ExpirationInDays" in rule}
    assert {rule["Status"] for rule in rules} == {"Enabled"}
    assert expiring == {"imports/": 1, "results/": 1, "exports/": 1}
    assert any("AbortIncompleteMultipartUpload" in rule and "Prefix" not in rule for rule in rules)
    assert "VersioningConfiguration" not in properties


def test_PRI_18_uploads_are_announced(template: Template) -> None:
    announced = template.properties("ImportsBucket")["NotificationConfiguration"]
    assert announced == {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}


def test_PRI_32_seals_are_locked_and_kept(template: Template) -> None:
    properties = template.properties("SealsBucket")
    assert properties["ObjectLockEnabled"] is True
    assert properties["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]["Days"] == 2190
    assert template.resources["SealsBucket"]["DeletionPolicy"] == "Retain"
