"""The values of a duplicate are added to the earlier lead, and a resend is recorded, once (CAM-7, CAM-8)."""

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.blocks.domain import BlockRequest
from chalicelib.blocks.usecases.block_contact import block_contact
from chalicelib.campaigns.domain.campaign_settings import Duplicates
from chalicelib.intake.usecases.append_duplicate import append_duplicate
from chalicelib.intake.usecases.process_new_lead import process_new_lead
from chalicelib.intake.usecases.record_resend import record_resend
from chalicelib.leads.domain.leads import Person, Status
from chalicelib.leads.store import contact_index, people
from chalicelib.leads.usecases.correct_lead import correct_lead
from chalicelib.organisation.domain.configuration import Field, LeadType
from chalicelib.privacy.domain import forgetting
from chalicelib.privacy.usecases.carry_out_forgets import carry_out_forgets
from chalicelib.privacy.usecases.finish_erasure import finish_erasure
from chalicelib.privacy.usecases.forget_contact import forget_contact
from chalicelib.privacy.usecases.forget_lead import forget_lead
from chalicelib.privacy.usecases.place_legal_hold import place_legal_hold
from tests.factories.leads import (
    DAY,
    MANAGER,
    NOW,
    confirmed,
    create_lead,
    create_organisation,
    facts_of,
    read_access,
    stamps_of,
)
from tests.factories.quality import create_bare_campaign, status_counts
from tests.factories.work import actions, changes, history
from tests.harness.api import add_item
from tests.harness.faults import (
    Fault,
    When,
    conflicting,
    fault,
    first,
    first_of_each_call,
    lost,
    meanwhile,
    step,
)

pytestmark = pytest.mark.usefixtures("aws")
WRITE = {"TransactWriteItems"}
FIELDS = (
    Field("first_name", "First name"),
    Field("phone", "Phone", "phone", duplicate="phone"),
    Field("mobile", "Mobile", "phone"),
    Field("emails", "E-mails", "email", multiple=True),
    Field("rate", "Rate", "number"),
)
PHONE, OTHER = "+12025550147", "+12025550148"


def create_append_campaign(*, append: bool = True, resend: bool = False) -> None:
    create_organisation()
    add_type()
    settings = Duplicates(enabled=True, append=append, resend=resend)
    create_bare_campaign("cmp_2", lead_type_id="lt_2", duplicates=settings)


def add_type() -> None:
    add_item(LeadType(id="lt_2", version=1, name="Car", fields=FIELDS))


def post_duplicate(lead_id: str, now: int = NOW, **values: Any) -> None:
    create_lead(lead_id, now, "cmp_2", {"phone": PHONE, **values})


def person(lead_id: str = "lead_1", now: int = NOW) -> Person:
    result = people.get(lead_id, now)
    assert result is not None
    return result


def listed_refs(lead_id: str = "lead_1", now: int = NOW) -> set[str]:
    """Return the refs of all contacts under which the contact index lists a lead."""
    refs = {row.ref for row in contact_index.ContactRow.scan()}
    return {ref for ref in refs if lead_id in contact_index.list_leads(ref, now)}


def test_CAM_7_new_values_are_added_and_blanks_replace_nothing() -> None:
    create_append_campaign()
    post_duplicate(
        "lead_1", first_name="Ada", rate="4.5", emails=["ada@example.com"], note="first", kept="yes"
    )
    post_duplicate(
        "lead_2", NOW + 60, first_name=" ", rate="5", emails=["eve@example.com"], mobile=OTHER, note="two"
    )
    process_new_lead("lead_2", NOW + 61)
    after = person()
    assert after.fields["first_name"] == "Ada"
    assert after.fields["mobile"] == OTHER
    assert str(after.fields["rate"]) == "5"
    assert after.fields["emails"] == ["ada@example.com", "eve@example.com"]
    assert after.extras == {"note": "two", "kept": "yes"}


def test_CAM_7_the_duplicate_stays_a_duplicate_and_counts_once() -> None:
    create_append_campaign()
    post_duplicate("lead_1")
    post_duplicate("lead_2", first_name="Eve")
    process_new_lead("lead_1", NOW)
    process_new_lead("lead_2", NOW)
    newcomer = facts_of("lead_2")
    assert (newcomer.status, newcomer.duplicate_of) == (Status.DUPLICATE, "lead_1")
    assert status_counts("cmp_2") == {"accepted": 1, "duplicate": 1}
    assert person("lead_2").fields == {"phone": PHONE, "first_name": "Eve"}


def test_CAM_7_the_contact_index_follows_and_retention_stays() -> None:
    create_append_campaign()
    post_duplicate("lead_1", mobile="202-555-0140")
    old = listed_refs()
    post_duplicate("lead_2", NOW + DAY, mobile=OTHER)
    process_new_lead("lead_2", NOW + DAY)
    assert listed_refs() == set(person().refs) != old
    assert len(listed_refs()) == 2
    assert facts_of("lead_1").erase_at == NOW + 10 * DAY
    assert {end for name, end in stamps_of("lead_1").items()} == {NOW + 10 * DAY}


def test_PRI_27_the_entry_names_fields_and_duplicate_without_values() -> None:
    create_append_campaign()
    post_duplicate("lead_1")
    post_duplicate("lead_2", first_name="Eve", mobile=OTHER, note="x")
    process_new_lead("lead_2", NOW + 5)
    names = ["first_name", "mobile", "extras"]
    assert history() == [("appended", {"fields": names, "lead_id": "lead_2"})]
    (entry,) = changes()
    assert (entry.action, entry.actor_kind, [field.name for field in entry.fields]) == (
        "appended",
        "system",
        names,
    )
    assert "Eve" not in repr(entry)
    assert changes("lead_2") == []


@pytest.mark.parametrize(("append", "expected"), [(True, "Eve"), (False, "Ada")])
def test_CAM_7_only_campaigns_with_the_setting_append(append: bool, expected: str) -> None:
    create_append_campaign(append=append)
    post_duplicate("lead_1", first_name="Ada")
    post_duplicate("lead_2", first_name="Eve")
    process_new_lead("lead_2", NOW)
    assert person().fields["first_name"] == expected


@pytest.mark.parametrize(("does", "when"), [(lost, first_of_each_call), (conflicting, step(2))])
def test_CAM_7_repeated_stream_records_append_once(does: Fault, when: When) -> None:
    create_append_campaign()
    post_duplicate("lead_1", first_name="Ada")
    post_duplicate("lead_2", first_name="Eve")
    with fault(does, on=WRITE, when=when) as fired:
        process_new_lead("lead_2", NOW)
    assert fired
    correct_lead(read_access(), "lead_1", facts_of("lead_1").version, {"first_name": "Ann"}, NOW)
    for _ in range(2):
        process_new_lead("lead_2", NOW + 60)
    assert person().fields["first_name"] == "Ann"
    assert actions() == ["appended", "corrected"]


def test_CAM_7_two_at_once_append_once() -> None:
    create_append_campaign()
    post_duplicate("lead_1", first_name="Ada")
    post_duplicate("lead_2", first_name="Eve")
    with fault(meanwhile(lambda: append_duplicate("lead_2", NOW)), on=WRITE, when=step(1)):
        append_duplicate("lead_2", NOW + 1)
    assert actions() == ["appended"]


def test_CAM_7_a_concurrent_correction_is_not_lost() -> None:
    create_append_campaign()
    post_duplicate("lead_1", first_name="Ada", rate="4.5")
    post_duplicate("lead_2", first_name="Eve")

    def correct() -> None:
        correct_lead(read_access(), "lead_1", 1, {"rate": "6"}, NOW)

    with fault(meanwhile(correct), on=WRITE, when=step(1)):
        append_duplicate("lead_2", NOW)
    assert (person().fields["first_name"], str(person().fields["rate"])) == ("Eve", "6")


def test_CAM_7_a_duplicate_without_news_leaves_no_entry() -> None:
    create_append_campaign()
    post_duplicate("lead_1", first_name="Ada")
    post_duplicate("lead_2", first_name="Ada")
    process_new_lead("lead_2", NOW)
    assert (changes(), facts_of("lead_2").appended_at) == ([], NOW)


def forget_earlier() -> None:
    confirmed(lambda token: forget_lead(MANAGER, "lead_1", False, token, NOW + 1))


def test_CAM_7_a_concurrently_forgotten_lead_is_not_restored() -> None:
    create_append_campaign()
    post_duplicate("lead_1", first_name="Ada")
    post_duplicate("lead_2", first_name="Eve")
    with fault(meanwhile(forget_earlier), on=WRITE, when=step(1)):
        append_duplicate("lead_2", NOW + 1)
    assert facts_of("lead_1").erased_at == NOW + 1
    assert stamps_of("lead_1") == {}


@pytest.mark.parametrize("end", ["due", "erased", "held_over"])
def test_CAM_7_nothing_is_appended_after_deadline_or_erasure(end: str) -> None:
    create_append_campaign()
    post_duplicate("lead_1", first_name="Ada")
    post_duplicate("lead_2", NOW + DAY, first_name="Eve")
    late = NOW + 10 * DAY
    if end == "held_over":
        place_legal_hold(MANAGER, "lead_1", "litigation", late + DAY, NOW)
    if end == "erased":
        finish_erasure("lead_1", "schedule", late)
    append_duplicate("lead_2", late)
    assert "appended" not in actions()
    assert all("Eve" not in row.body for row in people.PersonRow.query("lead_1"))


def test_INT_11_a_concurrently_blocked_contact_is_not_added() -> None:
    create_append_campaign()
    post_duplicate("lead_1")
    post_duplicate("lead_2", mobile=OTHER)

    def block() -> None:
        block_contact(MANAGER, BlockRequest("phone", OTHER, "prj_1"), clock.new_id("req"), NOW)

    with fault(meanwhile(block), on=WRITE, when=step(1)):
        append_duplicate("lead_2", NOW)
    assert "mobile" not in person().fields
    process_new_lead("lead_2", NOW)
    assert ("mobile" in person().fields, facts_of("lead_2").blocked_at) == (False, NOW)


def test_CAM_7_a_lead_gets_no_more_contacts_than_the_intake_allows() -> None:
    create_append_campaign()
    post_duplicate("lead_1", emails=[f"a{number}@example.com" for number in range(8)])
    post_duplicate("lead_2", first_name="Eve", emails=["b1@example.com", "b2@example.com"])
    process_new_lead("lead_2", NOW)
    assert len(person().fields["emails"]) == 8
    assert person().fields["first_name"] == "Eve"
    assert set(person().refs) == listed_refs()


@pytest.mark.parametrize("value", ["mobile", "emails", "note"])
def test_RET_19_a_legal_hold_follows_an_append(value: str) -> None:
    create_append_campaign()
    old: dict[str, Any] = {"mobile": "202-555-0140", "emails": ["old@example.org"], "note": "old@example.org"}
    new: dict[str, Any] = {"mobile": OTHER, "emails": ["new@example.org"], "note": "new@example.org"}
    post_duplicate("lead_1", **{value: old[value]})
    place_legal_hold(MANAGER, "lead_1", "litigation", NOW + 5 * DAY, NOW)
    before = person().refs
    post_duplicate("lead_2", NOW + 1, **{value: new[value]})
    process_new_lead("lead_2", NOW + 2)
    held = {ref: list(contact_index.list_holds(ref, NOW + 2)) for ref in {*before, *person().refs}}
    assert len(person().refs) > 1
    assert held == {ref: ["lead_1"] if ref in person().refs else [] for ref in held}


def test_PRI_9_an_order_given_during_an_append_is_not_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "INLINE", 0)
    create_append_campaign()
    post_duplicate("lead_1", mobile="202-555-0140")
    post_duplicate("lead_2", NOW + 1, mobile=OTHER)
    access = read_access(MANAGER, "forget")

    def order() -> None:
        confirmed(lambda given: forget_contact(access, "phone", "202-555-0140", False, given, NOW + 2))

    with fault(meanwhile(order), on=WRITE, when=step(1)) as fired:
        append_duplicate("lead_2", NOW + 2)
    assert fired
    assert "mobile" in person().fields  # the append is left out: the lead is being forgotten
    for later in (NOW + 3, NOW + 200, NOW + 400):
        carry_out_forgets(lambda at=later: at, lambda: True)  # type: ignore[misc]
    assert facts_of("lead_1", NOW + 500).erased_at is not None


def test_CAM_8_a_resend_is_recorded_once_on_both_leads() -> None:
    create_append_campaign(append=False, resend=True)
    post_duplicate("lead_1")
    post_duplicate("lead_2", first_name="Eve")
    with fault(lost, on=WRITE, when=first_of_each_call):
        process_new_lead("lead_2", NOW)
    with fault(meanwhile(lambda: record_resend("lead_2", NOW)), on=WRITE, when=first(1)):
        process_new_lead("lead_2", NOW + 60)
    assert history("lead_1") == [("resend", {"lead_id": "lead_2"})]
    assert history("lead_2") == [("resend", {"lead_id": "lead_1"})]
    assert (actions("lead_1"), actions("lead_2")) == (["resend"], ["resend"])


def test_CAM_8_two_at_once_record_it_once() -> None:
    create_append_campaign(append=False, resend=True)
    post_duplicate("lead_1")
    post_duplicate("lead_2")
    with fault(meanwhile(lambda: record_resend("lead_2", NOW)), on=WRITE, when=step(1)):
        record_resend("lead_2", NOW + 1)
    assert (actions("lead_1"), actions("lead_2")) == (["resend"], ["resend"])


def test_CAM_8_with_append_each_is_recorded() -> None:
    create_append_campaign(resend=True)
    post_duplicate("lead_1", first_name="Ada")
    post_duplicate("lead_2", first_name="Eve")
    for _ in range(2):
        process_new_lead("lead_2", NOW)
    assert actions() == ["appended", "resend"]
    assert actions("lead_2") == ["resend"]


@pytest.mark.parametrize("follow", [append_duplicate, record_resend])
def test_CAM_8_a_lead_that_is_no_duplicate_is_ignored(follow: Callable[[str, int], None]) -> None:
    create_append_campaign(resend=True)
    post_duplicate("lead_1")
    follow("lead_1", NOW)
    follow("lead_0", NOW)
    assert (actions(), facts_of("lead_1").version) == ([], 1)
