"""Authentication of callers (ACC-1, ACC-2, ACC-8, ACC-9)."""

from dataclasses import replace

import boto3
import pytest

from chalicelib import clock
from chalicelib.aws.dynamodb import batch, counters
from chalicelib.core.access import Role
from chalicelib.core.errors import Throttled, Unauthenticated, Unavailable
from chalicelib.core.times import utc_day
from chalicelib.organisation import store as configuration
from chalicelib.users.domain import credentials
from chalicelib.users.domain.credentials import Credential
from chalicelib.users.domain.users import User
from chalicelib.users.usecases import authenticate, throttling
from tests.harness.api import Signer, add_credential, add_item

MINUTE = 1_800_000_000


def change(thing: Credential | User) -> None:
    batch.write(configuration.update(thing), batch.token_of("test", thing.id, thing.version))


def wrong_token(created: Credential) -> str:
    return credentials.token_of(created.id, bytes(32))


def test_ACC_2_a_credential_acts_for_its_campaigns_only(aws: None) -> None:
    credential, token = add_credential("cmp_1", "cmp_2")
    actor = authenticate.authenticate(token, MINUTE)
    assert (actor.kind, actor.id) == ("credential", credential.id)
    assert actor.campaign_ids == {"cmp_1", "cmp_2"}
    assert not actor.permissions
    assert not actor.project_ids


def test_ACC_2_two_secrets_are_live_during_a_rotation(aws: None) -> None:
    credential, old = add_credential("cmp_1")
    new = credentials.token_of(credential.id, clock.new_secret())
    change(replace(credential, version=2, secrets=(credentials.hash_of_token(new), *credential.secrets)))
    for token in (old, new):
        assert authenticate.authenticate(token, MINUTE).id == credential.id
    change(replace(credential, version=3, secrets=(credentials.hash_of_token(new),)))
    with pytest.raises(Unauthenticated):
        authenticate.authenticate(old, MINUTE + configuration.CACHED_FOR_S)


def test_ACC_2_revoking_takes_effect_within_ten_seconds(aws: None) -> None:
    credential, token = add_credential("cmp_1")
    authenticate.authenticate(token, MINUTE)
    batch.write(configuration.delete(credential), batch.token_of("test", "revoke"))
    with pytest.raises(Unauthenticated):
        authenticate.authenticate(token, MINUTE + 10)


def test_ACC_2_only_the_hash_of_a_secret_is_stored(aws: None) -> None:
    _, token = add_credential("cmp_1")
    rows = boto3.client("dynamodb").scan(TableName="leadwarden-test-setup")["Items"]
    assert token.rpartition("_")[2] not in str(rows)
    assert credentials.hash_of_token(token) in str(rows)


def test_ACC_2_the_last_use_is_recorded_by_day(aws: None) -> None:
    credential, token = add_credential("cmp_1")
    authenticate.authenticate(token, MINUTE)
    assert counters.last_use(credential.id, MINUTE) == utc_day(MINUTE)
    authenticate.authenticate(token, MINUTE + 86400)
    assert counters.last_use(credential.id, MINUTE) == utc_day(MINUTE + 86400)


def test_ACC_8_a_disabled_user_is_refused_within_ten_seconds(aws: None, signer: Signer) -> None:
    now = clock.now()
    user = User(id="usr_1", version=1, email="ann@example.com", name="Ann", role=Role.AGENT)
    add_item(user)
    token = signer.token("usr_1")
    assert authenticate.authenticate(token, now).role is Role.AGENT
    change(replace(user, version=2, disabled=True))
    with pytest.raises(Unauthenticated):
        authenticate.authenticate(token, now + 10)


def test_ACC_9_failures_count_under_the_credential_or_as_unknown(aws: None) -> None:
    credential, _ = add_credential("cmp_1")
    presented = [
        wrong_token(credential),
        wrong_token(credential),
        "lw_source_zzz_" + "A" * 43,
        "lw_source_nonsense",
    ]
    for token in presented:
        with pytest.raises(Unauthenticated):
            authenticate.authenticate(token, MINUTE)
    assert counters.failures_on(credential.id, utc_day(MINUTE), MINUTE) == 2
    assert counters.failures_on(authenticate.UNKNOWN, utc_day(MINUTE), MINUTE) == 2


def test_ACC_9_too_many_failures_a_minute_are_throttled_and_not_written(aws: None) -> None:
    credential, token = add_credential("cmp_1")
    for _ in range(authenticate.REFUSALS_A_MINUTE):
        with pytest.raises(Unauthenticated):
            authenticate.authenticate(wrong_token(credential), MINUTE)
    for _ in range(3):
        with pytest.raises(Throttled):
            authenticate.authenticate(wrong_token(credential), MINUTE)
    bound = authenticate.REFUSALS_A_MINUTE + 1
    assert counters.failures_on(credential.id, utc_day(MINUTE), MINUTE) == bound
    assert authenticate.authenticate(token, MINUTE).id == credential.id
    with pytest.raises(Unauthenticated):
        authenticate.authenticate(wrong_token(credential), MINUTE + 60)


def test_ACC_9_a_failure_that_cannot_be_counted_is_still_refused(aws: None) -> None:
    boto3.client("dynamodb").delete_table(TableName="leadwarden-test-counters")
    credential, token = add_credential("cmp_1")
    with pytest.raises(Unauthenticated):
        authenticate.authenticate(wrong_token(credential), MINUTE)
    assert authenticate.authenticate(token, MINUTE).id == credential.id
    throttling.count_failure("anything", 1, MINUTE)


def test_ACC_6_unreadable_rows_are_unavailable_and_never_allowed(aws: None) -> None:
    _, token = add_credential("cmp_1")
    boto3.client("dynamodb").delete_table(TableName="leadwarden-test-setup")
    with pytest.raises(Unavailable):
        authenticate.authenticate(token, MINUTE)
