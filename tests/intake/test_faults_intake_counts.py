"""An unreadable Do Not Call list, and counts that are repeated (INT-11, PRI-17; fault rows 5, 15)."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.aws.dynamodb import batch, counters, rows
from chalicelib.core.errors import Unavailable
from chalicelib.core.times import utc_day
from chalicelib.intake.usecases.process_new_lead import process_new_lead
from chalicelib.leads.store import leads
from tests.factories.leads import NOW, create_organisation
from tests.harness.faults import (
    Fault,
    denied,
    fault,
    first,
    first_of_each_call,
    leaving,
    lost,
    meanwhile,
    metered,
    throttled,
    unprocessed,
    unreachable,
)
from tests.intake.intake_fault_support import block_phone
from tests.scenarios.intake import nothing_is_there, post, source_result, stored

TRANSACTION = {"TransactWriteItems"}

READ = {"BatchGetItem"}


@pytest.fixture(autouse=True)
def organisation(aws: None) -> None:
    """A campaign that accepts leads."""
    create_organisation()


@pytest.mark.parametrize("does", [throttled, unreachable, lost, unprocessed, denied, leaving("blocks")])
def test_row_15_an_unreadable_list_is_never_an_empty_one(does: Fault) -> None:
    block_phone()

    with fault(does, on=READ, table="blocks") as fired, pytest.raises(Unavailable):
        post()

    assert fired
    assert nothing_is_there()
    assert post().declined == "blocked"


def test_row_15_ignoring_unread_keys_would_accept_a_blocked_person(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def read_once(request: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        answer = rows.connection().dispatch("BatchGetItem", {"RequestItems": request})
        yield from ((table, item) for table, items in answer["Responses"].items() for item in items)

    monkeypatch.setattr(batch, "_items", read_once)
    block_phone()

    with fault(leaving("blocks"), on=READ, table="blocks"):
        assert source_result(post()).lead_id


def test_PRI_17_a_block_made_during_intake_marks_the_lead() -> None:
    with fault(meanwhile(block_phone), on=TRANSACTION, when=first(1)):
        lead_id = source_result(post()).lead_id
    assert stored()[0].blocked_at is None

    process_new_lead(lead_id, NOW + 5)

    assert stored()[0].blocked_at == NOW + 5


# 5 and the statistics: a lead counts once, however often it is processed


def process_repeatedly(lead_id: str) -> None:
    """Process a lead as a repeating stream does, with every first answer lost and two at once."""
    with fault(lost, on=TRANSACTION, when=first_of_each_call):
        process_new_lead(lead_id, NOW + 5)
    with fault(meanwhile(lambda: process_new_lead(lead_id, NOW + 6)), on=TRANSACTION, when=first(1)):
        process_new_lead(lead_id, NOW + 6)
    process_new_lead(lead_id, NOW + 7)


def accepted() -> int:
    return counters.read_day("statistics#cmp_1", utc_day(NOW)).get("accepted", 0)


def test_data_model_a_lead_counts_once() -> None:
    lead_id = source_result(post()).lead_id

    process_repeatedly(lead_id)

    assert accepted() == 1


def test_data_model_without_the_mark_it_would_count_again(monkeypatch: pytest.MonkeyPatch) -> None:
    marked = leads.mark_counted

    def mark_unconditionally(lead_id: str) -> batch.Write:
        update = marked(lead_id)
        assert isinstance(update, batch.Update)
        return replace(update, condition=None)

    monkeypatch.setattr(leads, "mark_counted", mark_unconditionally)
    lead_id = source_result(post()).lead_id

    process_repeatedly(lead_id)

    assert accepted() > 1


def test_INT_11_a_lost_rejection_count_is_sent_again_with_one_token() -> None:
    block_phone()

    with fault(lost, on=TRANSACTION, when=first(1)) as fired, metered() as meter:
        assert post().declined == "blocked"

    assert len(fired) == 1
    tokens = {
        attempt.body["ClientRequestToken"] for attempt in meter.attempts if attempt.operation in TRANSACTION
    }
    assert len(tokens) == 1
