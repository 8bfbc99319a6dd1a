"""Forgetting that meets other writes, at the steps where they would undo it (PRI-6 … PRI-10, RET-14)."""

import json

import pytest

from chalicelib.stores import contacts
from chalicelib.usecases.forget_lead import forget_lead
from tests.faults.faults import fault, meanwhile, step
from tests.given import MANAGER, NOW, a_lead, an_organisation, confirmed

TRANSACTION = {"TransactWriteItems"}


@pytest.fixture(autouse=True)
def _organisation(aws: None) -> None:
    an_organisation()


def forget(lead_id: str, now: int = NOW) -> None:
    confirmed(lambda given: forget_lead(lead_id, False, given, MANAGER, now))


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
