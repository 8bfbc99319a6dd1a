"""Bad credentials are counted where users find them, and throttled (ACC-9)."""

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

INTAKE_PATH = "/v1/campaigns/cmp_1/leads"
EXPLAIN = f"{INTAKE_PATH}/explain"
PASSWORD = "open sesame"
MINUTE = 1_800_000_000


@pytest.fixture
def anonymous(api: ApiHarness, monkeypatch: pytest.MonkeyPatch) -> Caller:
    """A campaign without a required credential, in a minute that does not end. The caller has no credential."""
    monkeypatch.setattr(clock, "now", lambda: MINUTE)
    create_organisation()
    return api.stranger()


def with_a_password() -> None:
    campaign = configuration.get(Campaign, "cmp_1", clock.now())
    assert campaign is not None
    hashed = password_hash(secrets.identity_key(), "cmp_1", PASSWORD)
    changed = replace(campaign, version=campaign.version + 1, password_hash=hashed)
    batch.write(configuration.update(changed), batch.token_of("test", changed.version))


def post_with_password(
    caller: Caller, password: str | None, path: str = INTAKE_PATH, **more: object
) -> Reply:
    headers = {} if password is None else {"X-Campaign-Password": password}
    return caller.post(path, {**LEAD, **more}, headers=headers)


def failures(bucket: str = authenticate.UNKNOWN) -> int:
    return counters.failures_on(bucket, utc_day(MINUTE), MINUTE)


def shown_failures(api: ApiHarness) -> dict[str, int]:
    content: dict[str, int] = api.user(Role.ADMIN).get("/v1/campaigns/cmp_1").json["leads_refused_today"]
    return content


@pytest.mark.parametrize(
    "header", ["Bearer abc", "Basic abc", "", "Bearer", "Bearer " + "x" * 9000, "Bearer é"]
)
@pytest.mark.parametrize("path", [INTAKE_PATH, EXPLAIN, "/v1/contacts/search"])
def test_ACC_9_a_malformed_credential_counts_as_unknown(anonymous: Caller, header: str, path: str) -> None:
    assert anonymous.post(path, LEAD, headers={"Authorization": header}).status == 401
    assert failures() == 1


def test_ACC_9_a_forged_user_token_counts_as_unknown(api: ApiHarness, anonymous: Caller) -> None:
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
    assert failures() == len(tokens)


def test_ACC_9_a_disabled_user_is_counted_under_their_own_id(api: ApiHarness, anonymous: Caller) -> None:
    user = User(id="usr_1", version=1, email="ann@example.com", name="Ann", role=Role.AGENT, disabled=True)
    add_item(user)
    assert api.bearer(api.signer.token("usr_1")).get("/v1/me").status == 401
    assert (failures("usr_1"), failures()) == (1, 0)


def test_ACC_9_an_expired_token_is_neither_counted_nor_throttled(api: ApiHarness, anonymous: Caller) -> None:
    for _ in range(authenticate.REFUSALS_A_MINUTE + 1):
        anonymous.post(INTAKE_PATH, LEAD, headers={"Authorization": "Bearer abc"})
    assert anonymous.post(INTAKE_PATH, LEAD, headers={"Authorization": "Bearer abc"}).status == 429
    before = failures()

    late = api.bearer(api.signer.token("usr_agent", exp=MINUTE))

    assert [late.get("/v1/me").status for _ in range(3)] == [401] * 3
    assert failures() == before
    assert api.user(Role.AGENT, "prj_1").get("/v1/me").status == 200


def test_ACC_9_a_wrong_or_missing_password_is_shown_with_the_campaign(
    api: ApiHarness, anonymous: Caller
) -> None:
    with_a_password()
    for password in ("open", None):
        assert post_with_password(anonymous, password).code == "wrong_password"
    assert post_with_password(anonymous, "open", test=True).code == "wrong_password"
    assert post_with_password(anonymous, PASSWORD).status == 201
    assert shown_failures(api) == {"wrong_password": 3}


def test_ACC_9_a_credential_of_other_campaigns_is_shown_with_the_campaign(
    api: ApiHarness, anonymous: Caller
) -> None:
    source = api.source("cmp_2")
    assert source.post(INTAKE_PATH, LEAD).status == 403
    assert shown_failures(api) == {"forbidden": 1}


def test_CAM_18_the_dry_run_counts_nothing_for_the_campaign(api: ApiHarness, anonymous: Caller) -> None:
    with_a_password()
    assert api.source("cmp_2").post(EXPLAIN, LEAD).status == 403
    assert post_with_password(api.source("cmp_1"), "open", EXPLAIN).code == "wrong_password"
    assert shown_failures(api) == {}


def test_ACC_9_users_without_permission_are_no_bad_credentials(api: ApiHarness, anonymous: Caller) -> None:
    assert api.user(Role.MANAGER, "prj_2").post(INTAKE_PATH, LEAD).status == 404
    assert shown_failures(api) == {}


@pytest.mark.parametrize("path", [INTAKE_PATH, EXPLAIN])
def test_ACC_9_guessing_a_password_is_throttled_and_the_right_one_too(
    api: ApiHarness, anonymous: Caller, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_a_password()
    caller = anonymous if path == INTAKE_PATH else api.source("cmp_1")
    wrong = [
        post_with_password(caller, f"guess {number}", path).status
        for number in range(rejection_counts.GUESSES_A_MINUTE)
    ]
    assert set(wrong) == {401}

    one_more = post_with_password(caller, "one more", path)
    assert (one_more.status, one_more.code) == (429, "throttled")
    assert int(one_more.headers["Retry-After"]) > 0
    assert post_with_password(caller, PASSWORD, path).status == 429
    assert post_with_password(api.stranger(), None).status == 401
    monkeypatch.setattr(clock, "now", lambda: MINUTE + 60)
    assert post_with_password(caller, PASSWORD, path).status in (200, 201)


def test_ACC_9_a_missing_password_throttles_nobody(anonymous: Caller) -> None:
    with_a_password()
    for _ in range(rejection_counts.GUESSES_A_MINUTE + 2):
        assert post_with_password(anonymous, None).status == 401
    assert post_with_password(anonymous, PASSWORD).status == 201


def test_ACC_9_the_limit_holds_over_all_processes(anonymous: Caller) -> None:
    with_a_password()
    for _ in range(rejection_counts.GUESSES_A_MINUTE):
        throttling.count_failure("password/cmp_1", rejection_counts.GUESSES_A_MINUTE, MINUTE)
    throttling.clear_cache()
    assert post_with_password(anonymous, "one more").status == 429
