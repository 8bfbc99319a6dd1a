"""Subject requests and their clocks, over HTTP."""

from datetime import date, timedelta

import pytest

from chalicelib import clock
from chalicelib.aws.dynamodb import batch
from chalicelib.core.access import Role
from chalicelib.core.times import utc_day
from chalicelib.organisation import store as configuration
from chalicelib.privacy.domain import subject_requests
from chalicelib.privacy.domain.subject_requests import LegalClock, SubjectRequestState
from tests.factories.configuration import ledger_actions
from tests.factories.leads import create_lead, create_organisation
from tests.harness.api import ApiHarness, Caller

PATH = "/v1/requests"


@pytest.fixture
def today() -> str:
    """The UTC day on which this test began."""
    return utc_day(clock.now())


@pytest.fixture
def manager(api: ApiHarness) -> Caller:
    """A manager of the project of one lead."""
    create_organisation(now=clock.now())
    create_lead("lead_1", clock.now())
    return api.user(Role.MANAGER, "prj_1")


@pytest.mark.parametrize(
    ("received", "law", "due", "extended"),
    [
        ("2026-01-31", LegalClock.GDPR, "2026-02-28", "2026-04-30"),
        ("2026-12-15", LegalClock.GDPR, "2027-01-15", "2027-03-15"),
        ("2028-01-31", LegalClock.GDPR, "2028-02-29", "2028-04-30"),
        ("2026-01-01", LegalClock.CCPA, "2026-02-15", "2026-04-01"),
    ],
)
def test_PRI_34_the_answer_time_is_a_month_or_45_days_and_extended_once(
    received: str, law: LegalClock, due: str, extended: str
) -> None:
    assert subject_requests.due_on(received, law) == due
    assert subject_requests.due_on(received, law, extended=True) == extended


def test_PRI_34_a_request_is_stored_with_its_clock_and_logged(manager: Caller, today: str) -> None:
    reply = manager.post(PATH, {"kind": "erase", "lead_ids": ["lead_1"]})
    created = reply.json
    assert reply.status == 201
    assert (created["received_on"], created["due_on"]) == (
        today,
        subject_requests.due_on(today, LegalClock.GDPR),
    )
    assert (created["state"], created["late"], created["version"]) == ("open", False, 1)
    assert manager.get(f"{PATH}/{created['id']}").json == created
    assert ledger_actions(f"request/{created['id']}") == [("created", [])]


def test_PRI_34_the_clock_is_the_organisation_s_by_default(
    api: ApiHarness, manager: Caller, today: str
) -> None:
    admin = api.user(Role.ADMIN)
    admin.patch("/v1/organisation", {"version": 0, "requests_clock": "ccpa"})
    configuration.clear_cache()
    due = {
        law: manager.post(PATH, {"kind": "access", **({"clock": law} if law else {})}).json["due_on"]
        for law in (None, "gdpr")
    }
    assert due[None] == subject_requests.due_on(today, LegalClock.CCPA)
    assert due["gdpr"] == subject_requests.due_on(today, LegalClock.GDPR)


def test_PRI_34_open_and_late_requests_are_listed(manager: Caller, today: str) -> None:
    received = (date.fromisoformat(today) - timedelta(days=100)).isoformat()
    late = manager.post(PATH, {"kind": "object", "received_on": received, "clock": "gdpr"}).json
    fresh = manager.post(PATH, {"kind": "access"}).json
    assert [item["id"] for item in manager.get(f"{PATH}?late=true").json["items"]] == [late["id"]]
    body = {"version": 1, "state": "closed", "answer": "fulfilled"}
    closed = manager.patch(f"{PATH}/{late['id']}", body).json
    assert (closed["state"], closed["answer"], closed["late"]) == ("closed", "fulfilled", False)
    assert [item["id"] for item in manager.get(f"{PATH}?state=open").json["items"]] == [fresh["id"]]
    assert manager.get(f"{PATH}?late=true").json["items"] == []
    assert ledger_actions(f"request/{late['id']}")[1] == ("changed", ["state", "answer"])


def test_PRI_34_an_invalid_request_is_refused(manager: Caller, today: str) -> None:
    created = manager.post(PATH, {"kind": "access"}).json
    path = f"{PATH}/{created['id']}"
    assert manager.patch(path, {"version": 1, "state": "closed"}).status == 422
    assert manager.patch(path, {"version": 1, "answer": "fulfilled"}).status == 422
    assert manager.patch(path, {"version": 1, "due_on": "2099-01-01"}).status == 422
    assert manager.patch(path, {"version": 1, "state": None}).status == 422
    assert manager.patch(path, {"version": 7, "due_on": today}).code == "version_conflict"
    assert manager.post(PATH, {"kind": "access", "received_on": "2099-01-01"}).status == 422
    assert manager.post(PATH, {"kind": "access", "lead_ids": ["lead_9"]}).status == 422
    assert manager.post(PATH, {"kind": "access", "note": "Ada called"}).status == 422


def test_ACC_4_a_request_about_foreign_leads_does_not_exist(
    api: ApiHarness, manager: Caller, today: str
) -> None:
    created = manager.post(PATH, {"kind": "access", "lead_ids": ["lead_1"]}).json
    foreigner, agent = api.user(Role.MANAGER, "prj_2"), api.user(Role.AGENT, "prj_1")
    assert foreigner.get(f"{PATH}/{created['id']}").status == 404
    assert foreigner.patch(f"{PATH}/{created['id']}", {"version": 1, "due_on": today}).status == 404
    assert foreigner.get(PATH).json["items"] == []
    assert foreigner.post(PATH, {"kind": "access", "lead_ids": ["lead_1"]}).status == 422
    assert agent.get(PATH).status == agent.post(PATH, {"kind": "access"}).status == 403


def test_PRI_34_two_desks_at_once_lose_nothing(manager: Caller, today: str) -> None:
    created = manager.post(PATH, {"kind": "access"}).json
    request = configuration.get(subject_requests.SubjectRequest, created["id"], clock.now())
    assert request is not None
    assert request.state is SubjectRequestState.OPEN
    first = manager.patch(f"{PATH}/{created['id']}", {"version": 1, "lead_ids": ["lead_1"]})
    second = manager.patch(f"{PATH}/{created['id']}", {"version": 1, "due_on": today})
    assert (first.status, second.code) == (200, "version_conflict")
    with pytest.raises(batch.Cancelled):
        batch.write(configuration.insert(request), "again")
