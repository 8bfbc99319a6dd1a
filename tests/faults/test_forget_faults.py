"""Forgetting that meets other writes, at the steps where they would undo it (PRI-6 … PRI-10, RET-14)."""

import json
from contextlib import suppress
from dataclasses import replace

import pytest

from chalicelib.domain.campaign_settings import Duplicates
from chalicelib.domain.ledger import Kind
from chalicelib.domain.setup import Campaign
from chalicelib.stores import contacts, ledger, setup
from chalicelib.usecases.finish_due import finish_due
from chalicelib.usecases.forget_contact import forget_contact
from chalicelib.usecases.forget_lead import forget_lead
from tests.faults.faults import Crash, Fault, conflicting, dying, dying_after, fault, lost, meanwhile, step
from tests.given import LEAD, MANAGER, NOW, a_lead, an_organisation, confirmed, facts_of, stamps_of
from tests.support import add

TRANSACTION = {"TransactWriteItems"}


@pytest.fixture(autouse=True)
def _organisation(aws: None) -> None:
    an_organisation()


def forget(lead_id: str, now: int = NOW) -> None:
    confirmed(lambda given: forget_lead(lead_id, False, given, MANAGER, now))


def looking_for_duplicates() -> None:
    """Add a campaign that takes duplicates of any campaign's leads for what they are."""
    campaign = setup.get(Campaign, "cmp_1", NOW)
    assert campaign is not None
    add(replace(campaign, id="cmp_2", duplicates=Duplicates(enabled=True, scope="organisation")))


def windows_counted(lead_id: str) -> int:
    (receipt,) = [one for one in ledger.of_subject(f"lead/{lead_id}", NOW) if one.kind is Kind.RECEIPT]
    assert receipt.detail is not None
    return int(receipt.detail["stores"]["windows"])


def originals() -> list[list[str]]:
    """Return the leads of every window, as they lie there."""
    rows = [row for row in contacts.ContactRow.scan() if row.originals]
    return [[one["lead_id"] for one in json.loads(row.originals)] for row in rows]


def test_data_md_a_window_that_began_anew_meanwhile_loses_and_regains_no_lead() -> None:
    a_lead("lead_1")

    def another_comes_and_the_first_is_forgotten() -> None:
        forget("lead_1")
        a_lead("lead_2")

    with fault(meanwhile(another_comes_and_the_first_is_forgotten), on=TRANSACTION, when=step(1)) as fired:
        a_lead("lead_3")

    assert fired
    assert originals() == [["lead_2", "lead_3"]]


def test_RET_14_a_lead_that_waits_for_the_schedule_is_nobody_s_original() -> None:
    looking_for_duplicates()
    for number in range(51):
        a_lead(f"lead_{number}", NOW + number)
    now = NOW + 100
    done = confirmed(lambda given: forget_contact("phone", LEAD["phone"], False, given, MANAGER, now))
    assert done.job_id is not None

    after = a_lead("lead_new", now + 240, "cmp_2")

    assert (after.status, after.duplicate_of) == ("accepted", None)


def test_RET_14_a_crash_after_the_mark_leaves_nobody_s_original_and_the_same_receipt() -> None:
    looking_for_duplicates()
    a_lead()
    with fault(dying_after, on=TRANSACTION, when=step(1)), pytest.raises(Crash):
        forget("lead_1")
    assert not facts_of("lead_1").is_live(NOW)

    after = a_lead("lead_2", NOW + 60, "cmp_2")
    finish_due(NOW + 61, lambda: True)

    assert after.duplicate_of is None
    assert windows_counted("lead_1") == 1
    assert stamps_of("lead_1") == {}


@pytest.mark.parametrize("trouble", [lost, conflicting, dying])
def test_PRI_8_the_mark_and_the_windows_are_one_step(trouble: Fault) -> None:
    a_lead("lead_1")
    a_lead("lead_2")
    with fault(trouble, on=TRANSACTION, when=step(1)) as fired, suppress(Crash):
        forget("lead_1")
    assert fired
    assert originals() == ([["lead_1", "lead_2"]] if trouble is dying else [["lead_2"]])
    assert facts_of("lead_1").is_live(NOW) is (trouble is dying)


def test_PRI_9_a_forget_wins_over_a_lead_that_enters_its_window_meanwhile() -> None:
    a_lead("lead_1")
    with fault(meanwhile(lambda: a_lead("lead_2")), on=TRANSACTION, when=step(1)) as fired:
        forget("lead_1")
    assert fired
    assert originals() == [["lead_2"]]
    assert windows_counted("lead_1") == 1


def test_RET_15_the_schedule_looks_for_a_forgotten_lead_in_its_windows_again() -> None:
    a_lead()
    before = [row for row in contacts.ContactRow.scan() if row.originals]
    with fault(dying_after, on=TRANSACTION, when=step(1)), pytest.raises(Crash):
        forget("lead_1")
    before[0].save()  # as a restore of the table would

    finish_due(NOW + 60, lambda: True)

    assert stamps_of("lead_1") == {}
