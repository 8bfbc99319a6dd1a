"""Faults while a lead comes in, by the rows of the fault matrix (INT-9, INT-10, INT-11).

Each row has a second test without its protection, which shows that the bad outcome then happens. A test of an
unnecessary protection would prove nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.aws.dynamodb import batch, rows
from chalicelib.core import identifiers
from chalicelib.core.access import Actor
from chalicelib.core.errors import Invalid, Unavailable
from chalicelib.intake.usecases import receive_lead as door
from chalicelib.leads.store import leads_rows
from chalicelib.organisation import store as configuration
from tests.factories.leads import LEAD, NOW, create_organisation
from tests.harness.api import ApiHarness
from tests.harness.faults import (
    ALL,
    Crash,
    Fault,
    conflicting,
    denied,
    dying,
    dying_after,
    fault,
    first,
    first_of_each_call,
    lost,
    meanwhile,
    metered,
    step,
    throttled,
    unreachable,
)
from tests.scenarios.intake import nothing_is_there, parts, post, race, restart, source_result, stored

OTHER = {**LEAD, "first_name": "Grace"}
SOURCE = Actor(kind="credential", id="crd_1", campaign_ids=frozenset({"cmp_1"}))

TRANSACTION = {"TransactWriteItems"}

READ = {"BatchGetItem"}


@pytest.fixture(autouse=True)
def organisation(aws: None) -> None:
    """A campaign that accepts leads."""
    create_organisation()


def has_one_whole_lead(lead_id: str) -> bool:
    """Return whether exactly this lead exists, with all its parts."""
    return [item.lead_id for item in stored()] == [lead_id] and all(parts(lead_id))


# 1: the store is throttled once


@pytest.mark.parametrize("does", [throttled, unreachable])
@pytest.mark.parametrize("on", [READ, TRANSACTION])
def test_row_1_a_short_fault_is_retried_within_the_time_budget(does: Fault, on: set[str]) -> None:
    with fault(does, on=on, when=first(1)) as fired:
        receipt = post()

    assert len(fired) == 1
    assert has_one_whole_lead(source_result(receipt).lead_id)


def test_row_1_retries_of_read_and_write_fit_into_29_seconds() -> None:
    limits = rows.MetaDefaults
    longest = (limits.connect_timeout_seconds + limits.read_timeout_seconds) * (limits.max_retry_attempts + 1)

    assert longest <= 29 * 2 / 3


def test_row_1_without_retries_a_short_fault_would_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leads_rows.FactsRow.Meta, "max_retry_attempts", 0)
    monkeypatch.setattr(configuration.ConfigRow.Meta, "max_retry_attempts", 0)
    restart()

    with fault(throttled, on=TRANSACTION, when=first(1)), pytest.raises(Unavailable):
        post()
    assert nothing_is_there()


# 2: the store is throttled until the budget ends


@pytest.mark.parametrize("does", [throttled, unreachable, denied])
@pytest.mark.parametrize("on", [READ, TRANSACTION])
def test_row_2_a_long_fault_stores_nothing_and_the_key_stays_usable(does: Fault, on: set[str]) -> None:
    with fault(does, on=on) as fired, pytest.raises(Unavailable):
        post()
    assert fired
    assert nothing_is_there()

    assert has_one_whole_lead(source_result(post()).lead_id)


def test_row_2_the_source_gets_503_and_retry_after(api: ApiHarness) -> None:
    with fault(throttled, on=TRANSACTION):
        reply = api.stranger().post("/v1/campaigns/cmp_1/leads", LEAD)

    assert reply.status == 503
    assert reply.code == "unavailable"
    assert int(reply.headers["Retry-After"]) > 0


def test_row_2_without_the_check_a_lead_would_be_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "_raise_cancelled", lambda *_: None)

    with fault(throttled, on=TRANSACTION):
        assert source_result(post()).lead_id
    assert nothing_is_there()


# 3: an answer is lost once


@pytest.mark.parametrize("key", ["order-1", None])
def test_row_3_an_own_write_is_recognised(key: str | None) -> None:
    with fault(lost, on=TRANSACTION, when=first(1)) as fired:
        receipt = post(key=key)

    assert len(fired) == 1
    assert has_one_whole_lead(source_result(receipt).lead_id)
    assert source_result(post()) == source_result(receipt) or key is None


def test_row_3_without_reading_again_a_good_lead_would_be_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(door, "_TRIES", 1)

    with fault(lost, on=TRANSACTION, when=first(1)), pytest.raises(Unavailable):
        post()
    assert len(stored()) == 1


# 4: every answer is lost


def post_with_lost_answers() -> None:
    """Post with every write applied and every answer lost."""
    with (
        fault(lost, on=TRANSACTION),
        fault(unreachable, on=READ, when=lambda attempt: attempt.number > 1),
        pytest.raises(Unavailable),
    ):
        post()


def test_row_4_the_same_key_again_finds_the_same_lead() -> None:
    post_with_lost_answers()
    (lead,) = stored()

    repeated = post(now=NOW + 60)

    assert repeated.replayed
    assert source_result(repeated).lead_id == lead.lead_id
    assert has_one_whole_lead(lead.lead_id)


def test_row_4_without_ids_from_the_key_there_would_be_two_leads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fresh = count()
    monkeypatch.setattr(identifiers, "lead_id_of", lambda *_: f"lead_{next(fresh)}")
    post_with_lost_answers()

    post(now=NOW + 60)

    assert len(stored()) == 2


# 6: two identical requests at once


def race_two_posts(on: set[str]) -> tuple[Any, Any]:
    """Run a complete second request, a second later, while the first waits before its read or its write."""
    second: list[Any] = []
    with fault(meanwhile(lambda: second.append(post(now=NOW + 1))), on=on, when=first(1)) as fired:
        own = post(now=NOW)
    assert len(fired) == 1
    return own, second[0]


@pytest.mark.parametrize("on", [READ, TRANSACTION])
def test_row_6_two_at_once_make_one_lead_with_equal_answers(on: set[str]) -> None:
    own, other = race_two_posts(on)

    assert source_result(own) == source_result(other)
    assert own.replayed
    assert has_one_whole_lead(source_result(own).lead_id)


def test_row_6_without_conditions_the_first_would_be_overwritten(monkeypatch: pytest.MonkeyPatch) -> None:
    conditional = batch._add

    def write_unconditionally(transaction: Any, entry: batch.Write) -> None:
        conditional(transaction, entry if isinstance(entry, batch.Check) else replace(entry, condition=None))

    monkeypatch.setattr(batch, "_add", write_unconditionally)

    own, other = race_two_posts(TRANSACTION)

    assert source_result(own) != source_result(other)


@pytest.mark.parametrize("number", [200])
def test_INT_10_200_identical_posts_at_once_make_one_lead(number: int) -> None:
    receipts = race(number)

    assert len({source_result(receipt) for receipt in receipts}) == 1
    assert has_one_whole_lead(source_result(receipts[0]).lead_id)


@pytest.mark.parametrize("number", [200])
def test_INT_10_with_lost_first_answers_they_make_one_lead_too(number: int) -> None:
    with fault(lost, on=TRANSACTION, when=first_of_each_call) as fired:
        receipts = race(number)

    assert len(fired) >= 1
    assert len({source_result(receipt) for receipt in receipts}) == 1
    assert has_one_whole_lead(source_result(receipts[0]).lead_id)


def test_INT_10_posts_without_a_key_make_one_lead_each() -> None:
    with fault(lost, on=TRANSACTION, when=first_of_each_call):
        receipts = race(5, key=None)

    ids = {source_result(receipt).lead_id for receipt in receipts}
    assert len(ids) == 5
    assert {item.lead_id for item in stored()} == ids


# 7: the same key, other content


def test_row_7_the_key_is_refused_and_the_first_lead_unchanged() -> None:
    first_one = post(actor=SOURCE)

    with pytest.raises(Invalid) as refused:
        post(OTHER, actor=SOURCE)

    assert refused.value.code == "key_reused"
    assert stored() == [first_one.facts]


def test_row_7_the_key_is_refused_also_at_once() -> None:
    with (
        fault(meanwhile(lambda: post(OTHER, actor=SOURCE)), on=TRANSACTION, when=first(1)),
        pytest.raises(Invalid) as refused,
    ):
        post(actor=SOURCE)

    assert refused.value.code == "key_reused"
    assert len(stored()) == 1


def test_row_7_without_a_digest_other_content_would_be_accepted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(identifiers, "content_digest", lambda *_: "the same")
    first_one = post()

    assert source_result(post(OTHER)) == source_result(first_one)


# 9: other transactions are in the way


def test_row_9_a_conflict_is_retried_with_a_new_token() -> None:
    with fault(conflicting, when=first(2)) as fired:
        receipt = post()

    assert len({attempt.body["ClientRequestToken"] for attempt in fired}) == 2
    assert has_one_whole_lead(source_result(receipt).lead_id)


def test_row_9_lasting_conflicts_are_503_after_limited_tries(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clock, "backoff", lambda _: None)

    with fault(conflicting) as fired, pytest.raises(Unavailable):
        post()

    assert len(fired) == door._TRIES
    assert nothing_is_there()


# 12: the function is killed at any step


def steps() -> Iterator[tuple[str, Fault, int]]:
    """Yield every step of an intake in a fresh process, before it and after it."""
    for number in range(1, 9):
        yield from ((name, does, number) for name, does in (("before", dying), ("after", dying_after)))


@pytest.mark.parametrize(("when", "crash", "number"), list(steps()))
def test_row_12_a_crash_leaves_a_whole_lead_or_none(when: str, crash: Fault, number: int) -> None:
    # given a fresh process that dies at a step
    restart()
    with fault(crash, on=ALL, when=step(number)) as fired:
        try:
            post()
        except Crash:
            restart()

    # then there is a complete lead or none
    assert nothing_is_there() or has_one_whole_lead(stored()[0].lead_id)

    # and the retry of the source ends with one complete lead
    assert has_one_whole_lead(source_result(post(now=NOW + 60)).lead_id)
    assert bool(fired) == (number <= steps_of_an_intake())


def steps_of_an_intake() -> int:
    """Return how many calls an intake makes in a fresh process."""
    restart()
    with metered() as meter:
        post(key="another", values={"phone": "202-555-0199"})
    return meter.round_trips


def test_row_12_every_step_is_tested() -> None:
    assert steps_of_an_intake() <= 8


def test_row_12_separate_writes_would_leave_half_a_lead(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def write_separately(writes: Sequence[batch.Write], token: str) -> None:
        for entry in writes:
            assert not isinstance(entry, batch.Check)
            batch.write_one(entry)

    monkeypatch.setattr(batch, "write", write_separately)

    with fault(dying, when=step(2)), pytest.raises(Crash):
        post()

    (lead,) = stored()
    assert not all(parts(lead.lead_id))
    assert not all(parts(source_result(post(now=NOW + 60)).lead_id))
