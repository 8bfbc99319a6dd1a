"""Bad credentials are counted where they can be found, and throttled (ACC-9)."""

from dataclasses import replace

import pytest

from chalicelib import clock
from chalicelib.aws import secrets
from chalicelib.aws.dynamodb import batch, counters
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.passwords import password_hash
from chalicelib.core.access import Role
from chalicelib.core.times import utc_day
from chalicelib.intake.usecases import rejection_counts
from chalicelib.organisation import store as configuration
from chalicelib.users.domain.users import User
from chalicelib.users.usecases import authenticate, throttling
from tests.factories.leads import LEAD, create_organisation
from tests.harness.api import ApiHarness, Caller, Reply, add_item

DOOR = "/v1/campaigns/cmp_1/leads"
EXPLAIN = f"{DOOR}/explain"
PASSWORD = "open sesame"
MINUTE = 1_800_000_000


@pytest.fixture
def door(api: ApiHarness, monkeypatch: pytest.MonkeyPatch) -> Caller:
    """A campaign that takes leads from anyone, in a minute that does not end; the caller has no credential."""
    monkeypatch.setattr(clock, "now", lambda: MINUTE)
    create_organisation()
    return api.stranger()


def with_a_password() -> None:
    found = configuration.get(Campaign, "cmp_1", clock.now())
    assert found is not None
    hashed = password_hash(secrets.identity_key(), "cmp_1", PASSWORD)
    changed = replace(found, version=found.version + 1, password_hash=hashed)
    batch.write(configuration.update(changed), batch.token_of("test", changed.version))


def guess(caller: Caller, password: str | None, path: str = DOOR, **more: object) -> Reply:
    headers = {} if password is None else {"X-Campaign-Password": password}
    return caller.post(path, {**LEAD, **more}, headers=headers)


def refused(bucket: str = authenticate.UNKNOWN) -> int:
    return counters.failures_on(bucket, utc_day(MINUTE), MINUTE)


def shown(api: ApiHarness) -> dict[str, int]:
    found: dict[str, int] = api.user(Role.ADMIN).get("/v1/campaigns/cmp_1").json["leads_refused_today"]
    return found


@pytest.mark.parametrize(
    "header", ["Bearer abc", "Basic abc", "", "Bearer", "Bearer " + "x" * 9000, "Bearer é"]
)
@pytest.mark.parametrize("path", [DOOR, EXPLAIN, "/v1/contacts/search"])
def test_ACC_9_a_malformed_credential_counts_as_unknown(door: Caller, header: str, path: str) -> None:
    assert door.post(path, LEAD, headers={"Authorization": header}).status == 401
    assert refused() == 1


def test_ACC_9_a_forged_user_token_counts_as_unknown(api: ApiHarness, door: Caller) -> None:
    signer = api.signer
    tokens = [
        signer.token("usr_agent", algorithm="HS256"),
        signer.token("usr_agent", aud="another"),
        signer.token("usr_agent", exp=MINUTE - 1, aud="another"),
        signer.token("usr_agent", exp=MINUTE - 1)[:-4] + "AAAA",
        signer.token("usr_nobody"),
    ]
    for token in tokens:
        assert api.bearer(token).get("/v1/me").status == 401
    assert refused() == len(tokens)


def test_ACC_9_a_disabled_user_is_counted_under_their_own_id(api: ApiHarness, door: Caller) -> None:
    made = User(id="usr_1", version=1, email="ann@example.com", name="Ann", role=Role.AGENT, disabled=True)
    add_item(made)
    assert api.bearer(api.signer.token("usr_1")).get("/v1/me").status == 401
    assert (refused("usr_1"), refused()) == (1, 0)


def test_ACC_9_an_expired_token_is_neither_counted_nor_throttled(api: ApiHarness, door: Caller) -> None:
    for _ in range(authenticate.REFUSALS_A_MINUTE + 1):
        door.post(DOOR, LEAD, headers={"Authorization": "Bearer abc"})
    assert door.post(DOOR, LEAD, headers={"Authorization": "Bearer abc"}).status == 429
    before = refused()

    late = api.bearer(api.signer.token("usr_agent", exp=MINUTE))

    assert [late.get("/v1/me").status for _ in range(3)] == [401] * 3
    assert refused() == before
    assert api.user(Role.AGENT, "prj_1").get("/v1/me").status == 200


def test_ACC_9_a_wrong_or_missing_password_is_shown_with_the_campaign(api: ApiHarness, door: Caller) -> None:
    with_a_password()
    for password in ("open", None):
        assert guess(door, password).code == "wrong_password"
    assert guess(door, "open", test=True).code == "wrong_password"
    assert guess(door, PASSWORD).status == 201
    assert shown(api) == {"wrong_password": 3}


def test_ACC_9_a_credential_of_other_campaigns_is_shown_with_the_campaign(
    api: ApiHarness, door: Caller
) -> None:
    source = api.source("cmp_2")
    assert source.post(DOOR, LEAD).status == 403
    assert shown(api) == {"forbidden": 1}


def test_CAM_18_the_dry_run_counts_nothing_for_the_campaign(api: ApiHarness, door: Caller) -> None:
    with_a_password()
    assert api.source("cmp_2").post(EXPLAIN, LEAD).status == 403
    assert guess(api.source("cmp_1"), "open", EXPLAIN).code == "wrong_password"
    assert shown(api) == {}


def test_ACC_9_users_without_permission_are_no_bad_credentials(api: ApiHarness, door: Caller) -> None:
    assert api.user(Role.MANAGER, "prj_2").post(DOOR, LEAD).status == 404
    assert shown(api) == {}


@pytest.mark.parametrize("path", [DOOR, EXPLAIN])
def test_ACC_9_guessing_a_password_is_throttled_and_the_right_one_too(
    api: ApiHarness, door: Caller, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_a_password()
    caller = door if path == DOOR else api.source("cmp_1")
    wrong = [
        guess(caller, f"guess {number}", path).status for number in range(rejection_counts.GUESSES_A_MINUTE)
    ]
    assert set(wrong) == {401}

    one_more = guess(caller, "one more", path)
    assert (one_more.status, one_more.code) == (429, "throttled")
    assert int(one_more.headers["Retry-After"]) > 0
    assert guess(caller, PASSWORD, path).status == 429
    assert guess(api.stranger(), None).status == 401
    monkeypatch.setattr(clock, "now", lambda: MINUTE + 60)
    assert guess(caller, PASSWORD, path).status in (200, 201)


def test_ACC_9_a_missing_password_throttles_nobody(door: Caller) -> None:
    with_a_password()
    for _ in range(rejection_counts.GUESSES_A_MINUTE + 2):
        assert guess(door, None).status == 401
    assert guess(door, PASSWORD).status == 201


def test_ACC_9_the_limit_holds_over_all_processes(door: Caller) -> None:
    with_a_password()
    for _ in range(rejection_counts.GUESSES_A_MINUTE):
        throttling.count_failure("password/cmp_1", rejection_counts.GUESSES_A_MINUTE, MINUTE)
    throttling.clear_cache()
    assert guess(door, "one more").status == 429
