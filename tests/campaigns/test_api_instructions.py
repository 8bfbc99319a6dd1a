"""The posting instructions name every answer that the door really gives (INT-14)."""

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
from tests.factories.leads import DAY, LEAD, create_organisation
from tests.harness.api import ApiHarness, Caller, Reply
from tests.harness.faults import fault, throttled

DOOR = "/v1/campaigns/cmp_1/leads"
PASSWORD = "open sesame"


@pytest.fixture
def door(api: ApiHarness) -> Caller:
    create_organisation()
    return api.stranger()


def change(**settings: Any) -> None:
    found = configuration.get(Campaign, "cmp_1", clock.now())
    assert found is not None
    changed = replace(found, version=found.version + 1, **settings)
    batch.write(configuration.update(changed), batch.token_of("test", changed.version))


def rows_of(api: ApiHarness) -> set[tuple[str, str]]:
    """Return HTTP status and word of every row of the page's tables."""
    page = api.user(Role.ADMIN).get("/v1/campaigns/cmp_1/instructions").json["page"]
    lines = (line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| "))
    return {(cells[0], cells[1]) for cells in lines}


def answered(reply: Reply) -> tuple[str, str]:
    body = reply.json
    if "error" in body:
        return str(reply.status), body["error"]["code"]
    return str(reply.status), "(as it was)" if body.get("state") == "erased" else body["status"]


def errors_of(api: ApiHarness, door: Caller, monkeypatch: pytest.MonkeyPatch) -> set[tuple[str, str]]:
    """Provoke every error the door can answer with."""
    found = {
        answered(door.post(DOOR, b"[]")),
        answered(door.post(DOOR, LEAD, headers={"Idempotency-Key": "k" * 256})),
        answered(door.post(DOOR, LEAD, headers={"Authorization": "Bearer abc"})),
        answered(api.source("cmp_2").post(DOOR, LEAD)),
        answered(door.post("/v1/campaigns/cmp_0/leads", LEAD)),
        answered(door.post(DOOR, {"phone": "1" * 65_536})),
        answered(door.post(DOOR, b"phone", headers={"Content-Type": "text/plain"})),
        answered(door.post(DOOR, {})),
    }
    keyed = {"Idempotency-Key": "k1"}
    door.post(DOOR, LEAD, headers=keyed)
    found.add(answered(door.post(DOOR, {**LEAD, "first_name": "Eve"}, headers=keyed)))
    with fault(throttled, on={"BatchGetItem"}):
        found.add(answered(door.post(DOOR, LEAD)))
    with monkeypatch.context() as broken:
        broken.setattr(intake, "receive_lead", None)
        status, code = answered(door.post(DOOR, LEAD))
        found.add((f"{status[0]}xx", code))
    change(password_hash=password_hash(secrets.identity_key(), "cmp_1", PASSWORD))
    found.add(answered(door.post(DOOR, LEAD)))
    for _ in range(rejection_counts.GUESSES_A_MINUTE):
        throttling.count_failure("password/cmp_1", rejection_counts.GUESSES_A_MINUTE, clock.now())
    found.add(answered(door.post(DOOR, LEAD, headers={"X-Campaign-Password": "no"})))
    return found


def test_INT_14_the_page_lists_exactly_the_errors_of_the_intake(
    api: ApiHarness, door: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    provoked = errors_of(api, door, monkeypatch)
    said = {(status, code) for status, code in rows_of(api) if status[0] in "45" and status[1:].isalnum()}
    assert said - provoked == {("403", "(no code)")}
    assert provoked <= said


def test_INT_14_the_page_lists_every_result_of_the_intake(
    api: ApiHarness, door: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyed = {"Idempotency-Key": "k1"}
    found = {answered(door.post(DOOR, LEAD, headers=keyed))}
    change(duplicates=Duplicates(enabled=True))
    found.add(answered(door.post(DOOR, LEAD)))
    other = {**LEAD, "phone": "202-555-0148"}
    change(quality=Quality(hold_all=True))
    found.add(answered(door.post(DOOR, other)))
    change(consent=Consent(enabled=True, reject=True), duplicates=Duplicates())
    found.add(answered(door.post(DOOR, other)))
    later = clock.now() + 20 * DAY
    monkeypatch.setattr(clock, "now", lambda: later)
    found.add(answered(door.post(DOOR, LEAD, headers=keyed)))
    assert found == {
        ("201", "accepted"),
        ("200", "duplicate"),
        ("202", "held"),
        ("200", "rejected"),
        ("200", "(as it was)"),
    }
    assert found <= rows_of(api)
