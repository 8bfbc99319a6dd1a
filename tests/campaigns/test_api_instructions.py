"""The posting instructions list every answer that the intake really gives (INT-14)."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.aws import secrets
from chalicelib.aws.dynamodb import batch
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.campaign_settings import Consent, Duplicates, Quality
from chalicelib.campaigns.domain.passwords import password_hash
from chalicelib.core.access import Role
from chalicelib.intake.handlers import intake
from chalicelib.intake.usecases import rejection_counts
from chalicelib.organisation import store as configuration
from chalicelib.users.usecases import throttling
from tests.factories.leads import DAY, ENTERS_AT_ONCE, LEAD, create_organisation
from tests.harness.api import ApiHarness, Caller, Reply
from tests.harness.faults import fault, throttled

INTAKE_PATH = "/v1/campaigns/cmp_1/leads"
PASSWORD = "open sesame"


@pytest.fixture
def anonymous(api: ApiHarness) -> Caller:
    create_organisation(duplicates=ENTERS_AT_ONCE)
    return api.stranger()


def change_campaign(**settings: Any) -> None:
    campaign = configuration.get(Campaign, "cmp_1", clock.now())
    assert campaign is not None
    changed = replace(campaign, version=campaign.version + 1, **settings)
    batch.write(configuration.update(changed), batch.token_of("test", changed.version))


def rows_of(api: ApiHarness) -> set[tuple[str, str]]:
    """Return HTTP status and word of every row of the page's tables."""
    page = api.user(Role.ADMIN).get("/v1/campaigns/cmp_1/instructions").json["page"]
    lines = (line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| "))
    return {(cells[0], cells[1]) for cells in lines}


def status_and_word(reply: Reply) -> tuple[str, str]:
    body = reply.json
    if "error" in body:
        return str(reply.status), body["error"]["code"]
    return str(reply.status), "(as it was)" if body.get("state") == "erased" else body["status"]


def errors_of(api: ApiHarness, anonymous: Caller, monkeypatch: pytest.MonkeyPatch) -> set[tuple[str, str]]:
    """Provoke every error of the intake."""
    result = {
        status_and_word(anonymous.post(INTAKE_PATH, b"[]")),
        status_and_word(anonymous.post(INTAKE_PATH, LEAD, headers={"Idempotency-Key": "k" * 256})),
        status_and_word(anonymous.post(INTAKE_PATH, LEAD, headers={"Authorization": "Bearer abc"})),
        status_and_word(api.source("cmp_2").post(INTAKE_PATH, LEAD)),
        status_and_word(anonymous.post("/v1/campaigns/cmp_0/leads", LEAD)),
        status_and_word(anonymous.post(INTAKE_PATH, {"phone": "1" * 65_536})),
        status_and_word(anonymous.post(INTAKE_PATH, b"phone", headers={"Content-Type": "text/plain"})),
        status_and_word(anonymous.post(INTAKE_PATH, {})),
    }
    keyed = {"Idempotency-Key": "k1"}
    source = api.source("cmp_1")
    source.post(INTAKE_PATH, LEAD, headers=keyed)
    result.add(status_and_word(source.post(INTAKE_PATH, {**LEAD, "first_name": "Eve"}, headers=keyed)))
    with fault(throttled, on={"BatchGetItem"}):
        result.add(status_and_word(anonymous.post(INTAKE_PATH, LEAD)))
    with monkeypatch.context() as broken:
        broken.setattr(intake, "receive_lead", None)
        status, code = status_and_word(anonymous.post(INTAKE_PATH, LEAD))
        result.add((f"{status[0]}xx", code))
    change_campaign(password_hash=password_hash(secrets.identity_key(), "cmp_1", PASSWORD))
    result.add(status_and_word(anonymous.post(INTAKE_PATH, LEAD)))
    for _ in range(rejection_counts.GUESSES_A_MINUTE):
        throttling.count_failure("password/cmp_1", rejection_counts.GUESSES_A_MINUTE, clock.now())
    result.add(status_and_word(anonymous.post(INTAKE_PATH, LEAD, headers={"X-Campaign-Password": "no"})))
    return result


def test_INT_14_the_page_lists_exactly_the_errors_of_the_intake(
    api: ApiHarness, anonymous: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    provoked = errors_of(api, anonymous, monkeypatch)
    text = {(status, code) for status, code in rows_of(api) if status[0] in "45" and status[1:].isalnum()}
    assert text - provoked == {("403", "(no code)")}
    assert provoked <= text


def test_INT_14_the_page_lists_every_result_of_the_intake(
    api: ApiHarness, anonymous: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyed = {"Idempotency-Key": "k1"}
    result = {status_and_word(anonymous.post(INTAKE_PATH, LEAD, headers=keyed))}
    change_campaign(duplicates=Duplicates(enabled=True))
    result.add(status_and_word(anonymous.post(INTAKE_PATH, LEAD)))
    other = {**LEAD, "phone": "202-555-0148"}
    change_campaign(quality=Quality(hold_all=True))
    result.add(status_and_word(anonymous.post(INTAKE_PATH, other)))
    change_campaign(consent=Consent(enabled=True, reject=True), duplicates=Duplicates())
    result.add(status_and_word(anonymous.post(INTAKE_PATH, other)))
    later = clock.now() + 20 * DAY
    monkeypatch.setattr(clock, "now", lambda: later)
    result.add(status_and_word(anonymous.post(INTAKE_PATH, LEAD, headers=keyed)))
    assert result == {
        ("201", "accepted"),
        ("200", "duplicate"),
        ("202", "held"),
        ("200", "rejected"),
        ("200", "(as it was)"),
    }
    assert result <= rows_of(api)
