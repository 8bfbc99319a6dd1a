"""Forgetting a contact of any size: orders, what readers see, and what stops an order (PRI-8a, SEC-A1)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.core.access import Actor, Permission, Role
from chalicelib.core.confirmations import Confirmation
from chalicelib.core.errors import ConfirmationRequired, Conflict, Throttled
from chalicelib.core.retention import RetentionState
from chalicelib.jobs import store as jobs
from chalicelib.jobs.domain import JobState
from chalicelib.jobs.schemas import Job
from chalicelib.jobs.usecases.read_job import read_job
from chalicelib.leads.domain.forget_orders import ForgetOrder, OrderReading
from chalicelib.leads.store import forget_orders
from chalicelib.leads.store.forget_orders import ForgetOrderRow
from chalicelib.leads.usecases.correct_lead import correct_lead
from chalicelib.leads.usecases.list_leads import LeadFilter, list_leads
from chalicelib.leads.usecases.read_lead import read_lead
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain.entries import EntryKind
from chalicelib.organisation.domain.configuration import Project
from chalicelib.privacy.domain import forgetting
from chalicelib.privacy.usecases import carry_out_forgets as orders
from chalicelib.privacy.usecases.carry_out_forgets import carry_out_forgets
from chalicelib.privacy.usecases.forget_contact import Forgotten, contacts_named, forget_contact
from chalicelib.privacy.usecases.place_legal_hold import place_legal_hold
from chalicelib.privacy.usecases.search_contact import search_contact
from chalicelib.work.usecases.read_worklists import own_worklist
from tests.factories.leads import (
    AGENT,
    DAY,
    LEAD,
    MANAGER,
    NOW,
    OUTSIDER,
    confirmation_of,
    confirmed,
    create_lead,
    create_organisation,
    facts_of,
    read_access,
    stamps_of,
)
from tests.factories.work import create_assigned_lead
from tests.harness.api import add_item
from tests.harness.faults import fault, meanwhile, metered, step

DESK = read_access(MANAGER, "forget")
ADMIN = Actor("user", "usr_admin", Role.ADMIN, frozenset(Permission))
LEADS = [f"lead_{number}" for number in range(4)]
TRANSACTION = {"TransactWriteItems"}


@pytest.fixture(autouse=True)
def small_pages(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than two leads are an order, which is worked in pages of two."""
    monkeypatch.setattr(forgetting, "INLINE", 2)
    monkeypatch.setattr(orders, "_PAGE", 2)
    create_organisation()
    add_item(Project(id="prj_2", version=1, name="Insurance"))


def create_leads() -> None:
    for number, lead_id in enumerate(LEADS):
        create_lead(lead_id, NOW - 10 + number)


def forget_all(
    values: Confirmation | None, keep_out: bool = False, now: int = NOW, phone: str = LEAD["phone"]
) -> Forgotten:
    return forget_contact(DESK, "phone", phone, keep_out, values, now)


def order_all() -> str:
    """Give the order to forget the contact; return the job's id."""
    result: Forgotten = confirmed(forget_all)
    assert result.job_id is not None
    return result.job_id


def work_until(now: int) -> None:
    carry_out_forgets(lambda: now, lambda: True)


def receipts_of(lead_id: str) -> int:
    entries = ledger.list_subject(f"lead/{lead_id}", NOW)
    return sum(entry.kind is EntryKind.RECEIPT for entry in entries)


def test_PRI_8a_from_the_answer_on_no_reader_sees_the_persons() -> None:
    create_leads()
    order_all()

    for lead_id in LEADS:
        assert read_lead(read_access(), lead_id, NOW).person is None
        assert facts_of(lead_id).retention_state(NOW) is RetentionState.QUEUED
        assert stamps_of(lead_id) != {}
    day = LeadFilter("cmp_1", "2027-01-15", person=True)
    assert list_leads(read_access(), day, 50, None, NOW).items == []
    assert len(list_leads(read_access(), replace(day, erased=True), 50, None, NOW).items) == 4
    found = search_contact(read_access(through="search"), "phone", LEAD["phone"], 50, None, NOW)
    assert list(found.leads.items) == []


def test_PRI_8a_without_the_orders_a_reader_would_see_them() -> None:
    create_leads()
    job_id = order_all()
    forget_orders.close_order(job_id).row.delete()

    assert read_lead(read_access(), LEADS[0], NOW).person is not None


def test_PRI_9_nothing_can_be_added_to_a_lead_of_an_order() -> None:
    create_leads()
    order_all()
    for change in (
        lambda: correct_lead(read_access(), "lead_1", 1, {"first_name": "Eve"}, NOW),
        lambda: place_legal_hold(MANAGER, "lead_1", "litigation", NOW + DAY, NOW),
    ):
        with pytest.raises(Conflict) as refused:
            change()
        assert refused.value.code in ("erased", "deadline_passed")


def test_PRI_8a_every_lead_is_erased_with_one_receipt_and_the_job_lists_them() -> None:
    create_leads()
    job_id = order_all()
    started = read_job(MANAGER, job_id, NOW)

    work_until(NOW + 1)
    waiting = read_job(MANAGER, job_id, NOW + 1)
    work_until(NOW + 61)

    ended = read_job(MANAGER, job_id, NOW + 61)
    assert (started.state, started.work.done, started.work.of) == (JobState.RUNNING, 0, 4)
    assert (waiting.state, waiting.work.done) == (JobState.RUNNING, 4)
    assert (ended.state, ended.work.done, ended.work.of) == (JobState.DONE, 4, 4)
    assert len(Job.of(ended).model_dump()["result"]["receipt_ids"]) == 4
    assert [stamps_of(lead_id) for lead_id in LEADS] == [{}] * 4
    assert [receipts_of(lead_id) for lead_id in LEADS] == [1] * 4
    assert forget_orders.read_again(NOW).orders == ()


def test_PRI_8a_an_order_is_for_its_projects_and_for_leads_received_before_it() -> None:
    create_leads()
    order_all()
    after = create_lead("lead_later", NOW + 1)

    assert facts_of("lead_later", NOW + 1) == after
    order = ForgetOrder("job", (OrderReading(("ref",), ("prj_2",)),), NOW)
    assert not order.may_cover(after)
    work_until(NOW + 61)
    assert facts_of("lead_later", NOW + 61).is_live(NOW + 61)


def test_PRI_8a_a_lead_that_was_on_its_way_is_erased_by_the_last_look() -> None:
    create_leads()
    job_id = order_all()
    work_until(NOW + 1)
    create_lead("lead_slow", NOW)  # received in time, stored after the order's first round

    assert not facts_of("lead_slow", NOW + 2).is_live(NOW + 2)
    work_until(NOW + 61)
    work_until(NOW + 122)

    assert stamps_of("lead_slow") == {}
    ended = read_job(MANAGER, job_id, NOW + 122)
    assert (ended.state, len(ended.work.tally["erased"])) == (JobState.DONE, 5)


def test_PRI_8a_a_repeated_request_is_the_same_order() -> None:
    create_leads()
    token = confirmation_of(forget_all)

    first, repeated = forget_all(token), forget_all(token)
    work_until(NOW + 61)

    assert first.job_id == repeated.job_id == forget_all(token, now=NOW + 62).job_id
    assert len(forget_orders.list_work(NOW)) == 0


def test_PRI_8a_a_hundred_orders_may_be_open_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    create_leads()
    for number in range(100):
        body = '{"refs":["ref"],"projects":["prj_2"],"at":1,"work":{}}'
        ForgetOrderRow(forget_orders.PARTITION, f"order#job_{number}", body=body).save()

    with pytest.raises(Throttled):
        confirmed(forget_all)

    assert all(facts_of(lead_id).is_live(NOW) for lead_id in LEADS)


@pytest.mark.parametrize("number", [4, 60])
def test_PRI_8a_both_steps_of_a_forget_make_a_bounded_number_of_calls(
    number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for count in range(number):
        create_lead(f"lead_{count}", NOW - 100 + count)
    with metered() as first:
        token = confirmation_of(forget_all)
    with metered() as second:
        forget_all(token)

    assert first.round_trips <= 8
    assert second.round_trips <= 16


def test_PRI_8a_numbers_are_counted_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "MANY", 3)
    create_leads()

    with metered() as meter, pytest.raises(ConfirmationRequired) as caught:
        forget_all(None)

    assert not any(attempt.tables["leads"] for attempt in meter.attempts)  # the entries are enough
    assert caught.value.effect.summary.startswith("More than 3 leads will be erased")
    assert (caught.value.effect.numbers["leads"], caught.value.effect.numbers["more"]) == (3, True)


def test_PRI_8a_a_lost_job_is_started_again_from_its_order() -> None:
    create_leads()
    job_id = order_all()
    jobs.JobRow(f"job#{job_id}", "job").delete()

    work_until(NOW + 61)

    assert [receipts_of(lead_id) for lead_id in LEADS] == [1] * 4
    assert read_job(ADMIN, job_id, NOW + 61).state is JobState.DONE


def test_PRI_8a_the_age_of_the_oldest_order_is_measured() -> None:
    create_leads()
    order_all()
    assert carry_out_forgets(lambda: NOW + 3_600, lambda: False) == 3_600
    work_until(NOW + 3_700)
    assert carry_out_forgets(lambda: NOW + 3_701, lambda: True) == 0


def test_RET_19_a_lead_under_a_legal_hold_stops_the_order_before_anything_is_noted() -> None:
    create_leads()
    place_legal_hold(MANAGER, "lead_2", "litigation", NOW + DAY, NOW)
    for keep_out in (True, False):
        with pytest.raises(Conflict) as refused:
            forget_all(None, keep_out)
        assert refused.value.code == "legal_hold"
    assert (
        list(forget_orders.ForgetOrderRow.query(forget_orders.PARTITION)) != []
    )  # the legal hold's version alone
    assert forget_orders.read_again(NOW).orders == ()


def test_RET_19_a_legal_hold_beyond_the_counted_leads_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "MANY", 1)
    create_leads()
    place_legal_hold(MANAGER, "lead_3", "litigation", NOW + DAY, NOW)

    with pytest.raises(Conflict) as refused:
        forget_all(None)

    assert refused.value.code == "legal_hold"


def test_RET_19_a_legal_hold_placed_during_the_request_stops_the_order() -> None:
    create_leads()
    token = confirmation_of(forget_all)
    holding = meanwhile(lambda: place_legal_hold(MANAGER, "lead_2", "litigation", NOW + DAY, NOW))

    with fault(holding, on=TRANSACTION, when=step(1)) as fired, pytest.raises(Conflict) as refused:
        forget_all(token)

    assert fired
    assert refused.value.code == "legal_hold"
    assert all(facts_of(lead_id).is_live(NOW) for lead_id in LEADS)


def test_RET_19_an_order_given_during_a_legal_hold_wins() -> None:
    create_leads()
    giving = meanwhile(order_all)

    with fault(giving, on=TRANSACTION, when=step(1)) as fired, pytest.raises(Conflict) as refused:
        place_legal_hold(MANAGER, "lead_2", "litigation", NOW + DAY, NOW)

    assert fired
    assert refused.value.code == "deadline_passed"


def test_PRI_9_an_order_wins_over_a_correction_that_takes_the_contact_away() -> None:
    create_leads()
    changes: dict[str, Any] = {"phone": "202-555-0199"}

    with (
        fault(meanwhile(order_all), on=TRANSACTION, when=step(1)) as fired,
        pytest.raises(Conflict) as refused,
    ):
        correct_lead(read_access(), "lead_1", 1, changes, NOW)
    work_until(NOW + 61)

    assert fired
    assert refused.value.code == "erased"
    assert stamps_of("lead_1") == {}


def test_SEC_B1_a_confirmation_is_for_one_contact_and_one_scope() -> None:
    create_leads()
    token = confirmation_of(lambda values: forget_all(values, True, phone="202-555-0199"))
    attempts: list[Callable[[], object]] = [
        lambda: forget_all(token, True),
        lambda: forget_all(token, False, phone="202-555-0199"),
        lambda: forget_contact(DESK, "email", LEAD["email"], True, token, NOW),
        lambda: forget_contact(read_access(OUTSIDER), "phone", "202-555-0199", True, token, NOW),
        lambda: forget_contact(
            read_access(replace(MANAGER, project_ids=frozenset({"prj_1", "prj_2"}))),
            "phone",
            "202-555-0199",
            True,
            token,
            NOW,
        ),
        lambda: forget_contact(
            read_access(replace(ADMIN, id=MANAGER.id)), "phone", "202-555-0199", True, token, NOW
        ),
    ]
    for attempt in attempts:
        with pytest.raises(ConfirmationRequired):
            attempt()
    assert forget_all(token, True, phone="202-555-0199").receipts == ()


def test_PRI_8a_a_lead_that_came_in_after_the_first_step_is_forgotten_too() -> None:
    create_leads()
    token = confirmation_of(forget_all)
    create_lead("lead_new", NOW)

    assert forget_all(token).job_id is not None
    work_until(NOW + 61)

    assert stamps_of("lead_new") == {}


def test_PRI_5_the_first_step_of_a_forget_is_recorded_as_a_search() -> None:
    (named,) = contacts_named(MANAGER, "phone", LEAD["phone"], NOW)
    with pytest.raises(ConfirmationRequired):
        forget_all(None)
    found = [row for row in ledger.LedgerRow.scan() if row.subject.startswith("contact/")]
    assert [row.kind for row in found] == [EntryKind.ACCESS.value]
    assert named.ref not in str([row.attribute_values for row in found])


def test_WRK_9_a_worklist_shows_no_lead_of_an_order() -> None:
    for lead_id in LEADS:
        create_assigned_lead(lead_id)
    assert len(own_worklist(read_access(AGENT, "list"), "all", 10, None, NOW).items) == 4
    order_all()
    assert list(own_worklist(read_access(AGENT, "list"), "all", 10, None, NOW).items) == []
