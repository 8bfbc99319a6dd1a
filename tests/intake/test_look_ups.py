"""No contact can be looked up in silence (PRI-5, SEC-A6)."""

from collections.abc import Callable

import pytest

from chalicelib import clock
from chalicelib.aws.dynamodb import counters
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.campaign_settings import Duplicates
from chalicelib.core.access import Permission, Role
from chalicelib.core.retention import Policy
from chalicelib.core.times import utc_day
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain.entries import Entry, EntryKind
from chalicelib.organisation.domain.configuration import Project
from tests.factories.leads import ENTERS_AT_ONCE, LEAD, NOW, create_lead, create_organisation
from tests.factories.quality import create_bare_campaign
from tests.harness.api import ApiHarness, Caller, Reply, add_credential, add_item
from tests.harness.faults import fault, throttled

LEADS = "/v1/campaigns/cmp_w/leads"
EXPLAIN = f"{LEADS}/explain"
FOREIGN = "202-555-0166"
WOULD = "/v1/campaigns/cmp_w/what-would-change"
UNBLOCKED = "202-555-0111"


@pytest.fixture
def manager(api: ApiHarness, monkeypatch: pytest.MonkeyPatch) -> Caller:
    """A manager of prj_1 whose campaign looks for duplicates in the organisation; a lead is in prj_2 only."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    create_organisation()
    everywhere = Duplicates(enabled=True, scope="organisation")
    create_bare_campaign("cmp_w", duplicates=everywhere, retention=Policy(60))
    add_item(Project(id="prj_2", version=1, name="Cars"))
    add_item(
        Campaign(
            id="cmp_f",
            version=1,
            name="F",
            project_id="prj_2",
            lead_type_id="lt_1",
            source="site",
            duplicates=ENTERS_AT_ONCE,
        )
    )
    create_lead("lead_foreign", campaign_id="cmp_f", phone=FOREIGN)
    return api.user(Role.MANAGER, "prj_1", user_id="usr_m")


def searches(user_id: str = "usr_m") -> list[Entry]:
    """Return the searches of a user in the ledger."""
    entries = [place.entry for place in ledger.places_of_day(utc_day(NOW), None, NOW)]
    return [
        entry
        for entry in entries
        if entry
        and entry.kind is EntryKind.ACCESS
        and entry.actor_id == user_id
        and entry.through == "search"
    ]


def block(api: ApiHarness) -> None:
    admin = api.user(Role.ADMIN, user_id="usr_admin")
    assert admin.post("/v1/blocks", {"phone": LEAD["phone"], "project_id": "prj_1"}).status == 201


def test_SEC_A6_the_first_step_of_a_forget_is_recorded(api: ApiHarness, manager: Caller) -> None:
    for contact in (LEAD["phone"], "202-555-0199"):
        assert manager.post("/v1/contacts/forget", {"phone": contact, "keep_out": False}).status == 409

    assert len(searches()) == 2
    assert all("2025550" not in repr(entry) for entry in searches())


def test_SEC_A6_a_first_step_that_cannot_be_recorded_tells_nothing(api: ApiHarness, manager: Caller) -> None:
    with fault(throttled, table="ledger"):
        reply = manager.post("/v1/contacts/forget", {"phone": LEAD["phone"], "keep_out": False})

    assert (reply.status, "effect" in reply.json) == (503, False)


def test_SEC_A6_a_token_of_another_contact_is_recorded_too(manager: Caller) -> None:
    first = {"phone": LEAD["phone"], "keep_out": False}
    token = manager.post("/v1/contacts/forget", first).json["confirm"]

    manager.post("/v1/contacts/forget", {"phone": FOREIGN, "keep_out": False, "confirm": token})

    assert len({entry.subject for entry in searches()}) == 2


def test_SEC_A6_a_dry_run_of_a_user_is_recorded(api: ApiHarness, manager: Caller) -> None:
    create_lead("lead_1", campaign_id="cmp_w")

    assert manager.post(EXPLAIN, LEAD).json["status"] == "duplicate"
    assert manager.post(EXPLAIN, LEAD | {"phone": UNBLOCKED}).json["status"] == "accepted"

    contacts = {entry.subject for entry in searches()}
    assert len(contacts) == 3  # two phones and one address
    assert all(subject.startswith("contact/") for subject in contacts)


def test_SEC_A6_a_dry_run_that_cannot_be_recorded_tells_nothing(manager: Caller) -> None:
    with fault(throttled, table="ledger"):
        reply = manager.post(EXPLAIN, LEAD)

    assert (reply.status, "trace" in reply.json) == (503, False)


@pytest.mark.parametrize("scope", ["campaign", "project", "organisation"])
def test_SEC_A6_a_dry_run_tells_nothing_of_another_project(
    api: ApiHarness, manager: Caller, scope: str
) -> None:
    assert (
        manager.patch(
            "/v1/campaigns/cmp_w", {"version": 1, "duplicates": {"enabled": True, "scope": scope}}
        ).status
        == 200
    )

    known = manager.post(EXPLAIN, LEAD | {"phone": FOREIGN})
    unknown = manager.post(EXPLAIN, LEAD | {"phone": UNBLOCKED})

    assert known.json == unknown.json
    assert "lead_foreign" not in known.text
    assert api.user(Role.ADMIN).post(EXPLAIN, LEAD | {"phone": FOREIGN}).json["status"] == known_to_all(scope)


def known_to_all(scope: str) -> str:
    return "duplicate" if scope == "organisation" else "accepted"


def test_SEC_A6_a_draft_tells_nothing_of_another_project(api: ApiHarness, manager: Caller) -> None:
    assert (
        manager.patch(
            "/v1/campaigns/cmp_w", {"version": 1, "duplicates": {"enabled": True, "scope": "campaign"}}
        ).status
        == 200
    )
    api.source("cmp_w").post(LEADS, LEAD | {"phone": FOREIGN})
    body = {"draft": {"duplicates": {"enabled": True, "scope": "organisation"}}, "days": 1}

    assert manager.post(WOULD, body).json["items"] == []
    assert len(api.user(Role.ADMIN).post(WOULD, body).json["items"]) == 1


READS: dict[str, str] = {
    "the lead": "/v1/leads/{}",
    "the decision": "/v1/leads/{}/decision",
    "the day": f"/v1/leads?campaign=cmp_w&day={utc_day(NOW)}&person=true",
    "the export": f"/v1/leads/export?campaign=cmp_w&day={utc_day(NOW)}",
}


@pytest.mark.parametrize("door", READS)
def test_ACC_4_the_earlier_lead_of_another_project_is_not_named(
    api: ApiHarness, manager: Caller, door: str
) -> None:
    reply = api.source("cmp_w").post(LEADS, LEAD | {"phone": FOREIGN})
    assert (reply.json["status"], reply.json.get("duplicate_of")) == ("duplicate", None)
    path = READS[door].format(reply.json["lead_id"])

    shown = manager.get(path)

    assert (shown.status, "lead_foreign" in shown.text) == (200, False)
    assert "lead_foreign" in api.user(Role.ADMIN).get(path).text


def test_ACC_4_the_search_does_not_name_a_lead_of_another_project(api: ApiHarness, manager: Caller) -> None:
    api.source("cmp_w").post(LEADS, LEAD | {"phone": FOREIGN})

    found = manager.post("/v1/contacts/search", {"phone": FOREIGN})

    assert len(found.json["leads"]["items"] if "items" in found.json["leads"] else found.json["leads"]) == 1
    assert "lead_foreign" not in found.text


def test_ACC_4_a_lead_of_the_own_project_is_named(manager: Caller, api: ApiHarness) -> None:
    create_lead("lead_1", campaign_id="cmp_w")
    second = api.source("cmp_w").post(LEADS, LEAD).json["lead_id"]

    assert manager.get(f"/v1/leads/{second}").json["duplicate_of"] == "lead_1"


def test_SEC_A6_a_source_is_told_no_more_than_its_leads_would_be(api: ApiHarness, manager: Caller) -> None:
    reply = api.source("cmp_w").post(EXPLAIN, LEAD | {"phone": FOREIGN})

    assert (reply.json["status"], "lead_foreign" in reply.text) == ("duplicate", False)


def test_INT_8_the_earlier_lead_is_named_to_the_source_that_sent_it_alone(
    api: ApiHarness, manager: Caller
) -> None:
    own, other, stranger = api.source("cmp_w"), api.source("cmp_w"), api.stranger()
    first = own.post(LEADS, LEAD).json["lead_id"]

    named = [caller.post(LEADS, LEAD).json.get("duplicate_of") for caller in (own, other, stranger, manager)]

    assert named == [first, None, None, None]


Ask = Callable[[Caller, int], Reply]
DOORS: dict[str, Ask] = {
    "dry run": lambda caller, number: caller.post(EXPLAIN, LEAD | {"first_name": f"Ada {number}"}),
    "test lead": lambda caller, number: caller.post(
        LEADS, LEAD | {"test": True, "first_name": f"A {number}"}
    ),
}


@pytest.mark.parametrize("blocked", [True, False])
@pytest.mark.parametrize("door", DOORS)
def test_SEC_A6_look_ups_of_a_source_are_counted_and_bounded(
    api: ApiHarness, manager: Caller, door: str, blocked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if blocked:
        block(api)
    credential, token = add_credential("cmp_w")
    source = api.bearer(token)

    statuses = [DOORS[door](source, number).status for number in range(61)]

    assert (statuses[:60].count(429), statuses[60]) == (0, 429)
    sources = {item["credential_id"]: item for item in manager.get("/v1/campaigns/cmp_w").json["sources"]}
    assert sources[credential.id]["look_ups_today"] == 61
    assert DOORS[door](api.source("cmp_w"), 1).status != 429
    assert source.post(LEADS, LEAD | {"phone": UNBLOCKED}).status == 201
    monkeypatch.setattr(clock, "now", lambda: NOW + 60)
    assert DOORS[door](source, 1).status != 429


def test_SEC_A6_a_test_lead_of_a_stranger_is_counted_for_its_campaign(
    api: ApiHarness, manager: Caller
) -> None:
    block(api)

    statuses = [DOORS["test lead"](api.stranger(), number).status for number in range(61)]

    assert (statuses[0], statuses[60]) == (200, 429)
    assert counters.look_ups_on("anyone/cmp_w", utc_day(NOW), NOW) == 61


@pytest.mark.parametrize("door", DOORS)
def test_SEC_A6_look_ups_of_a_user_are_bounded(manager: Caller, door: str) -> None:
    statuses = [DOORS[door](manager, number).status for number in range(61)]

    assert (statuses.count(429), statuses[60]) == (1, 429)


@pytest.mark.parametrize("door", DOORS)
def test_SEC_A6_what_cannot_be_counted_is_not_answered(api: ApiHarness, manager: Caller, door: str) -> None:
    source = api.source("cmp_w")
    source.get("/v1/me")  # the day of use is recorded before the fault

    with fault(throttled, on={"UpdateItem"}, table="counters"):
        assert DOORS[door](source, 1).status == 503


@pytest.mark.parametrize("test", [True, False])
def test_SEC_A6_a_block_that_stops_a_lead_by_hand_is_recorded(
    api: ApiHarness, manager: Caller, test: bool
) -> None:
    block(api)

    reply = manager.post(LEADS, LEAD | {"test": test})

    assert reply.json["reason"] == "blocked"
    assert [entry.subject for entry in searches()] == ["campaign/cmp_w"]


def test_SEC_A6_a_block_that_stops_a_correction_is_recorded(api: ApiHarness, manager: Caller) -> None:
    block(api)
    create_lead("lead_1", campaign_id="cmp_w", phone=UNBLOCKED)

    reply = manager.patch("/v1/leads/lead_1", {"version": 1, "person": {"phone": LEAD["phone"]}})

    assert reply.code == "blocked"
    assert [entry.subject for entry in searches()] == ["lead/lead_1"]


def test_SEC_A6_who_may_not_search_is_recorded_all_the_same(api: ApiHarness, manager: Caller) -> None:
    forgetting = api.user(
        Role.MANAGER,
        "prj_1",
        user_id="usr_f",
        withdrawn=(Permission.PRIVACY_SEARCH, Permission.LEADS_READ),
    )

    forgetting.post("/v1/contacts/forget", {"phone": LEAD["phone"], "keep_out": True})

    assert len(searches("usr_f")) == 1
