"""The actions on a duplicate run once (CAM-7, CAM-8)."""

from dataclasses import replace

import pytest

from chalicelib import clock
from chalicelib.aws.dynamodb import batch
from chalicelib.core.errors import Unavailable
from chalicelib.core.times import DAY_S
from chalicelib.intake.usecases.follow_duplicate import follow_duplicate
from chalicelib.leads.domain.leads import Facts, Status
from chalicelib.leads.store import leads
from tests.factories.rows import NOW, create_facts, write

pytestmark = pytest.mark.usefixtures("aws")
NEWCOMER = create_facts("lead_2", status=Status.DUPLICATE, duplicate_of="lead_1")
Pairs = list[tuple[str, str]]


def follow(now: int = NOW) -> Pairs:
    """Follow the duplicate with an act that sets the mark; return the pairs it was called with."""
    called: Pairs = []

    def act(newcomer: Facts, earlier: Facts) -> None:
        called.append((newcomer.lead_id, earlier.lead_id))
        batch.write_one(leads.update(newcomer, replace(newcomer, appended_at=now), now))

    follow_duplicate("lead_2", lambda newcomer: newcomer.appended_at is not None, act, now)
    return called


def test_the_action_gets_both_leads_and_runs_once() -> None:
    write(leads.insert(create_facts("lead_1")), leads.insert(NEWCOMER))

    assert follow() == [("lead_2", "lead_1")]
    assert follow() == []


def test_after_a_cancelled_write_both_leads_are_read_again() -> None:
    write(leads.insert(create_facts("lead_1")), leads.insert(NEWCOMER))

    called: list[int] = []

    def act(newcomer: Facts, earlier: Facts) -> None:
        called.append(earlier.version)
        if len(called) == 1:
            changed = replace(earlier, stage="contacted")
            batch.write_one(leads.update(earlier, changed, NOW))
            raise batch.Cancelled(conflict=False)

    follow_duplicate("lead_2", lambda newcomer: False, act, NOW)
    assert called == [1, 2]


def test_without_two_live_leads_nothing_happens() -> None:
    assert follow() == []
    write(leads.insert(NEWCOMER))
    assert follow() == []
    write(leads.insert(create_facts("lead_1")))
    assert follow(NOW + 3 * DAY_S) == []
    assert follow(NOW + 3 * DAY_S - 1) == [("lead_2", "lead_1")]


def test_lasting_contention_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "backoff", lambda _: None)

    def act(newcomer: Facts, earlier: Facts) -> None:
        raise batch.Cancelled(conflict=True)

    write(leads.insert(create_facts("lead_1")), leads.insert(NEWCOMER))
    with pytest.raises(Unavailable, match="try again later"):
        follow_duplicate("lead_2", lambda newcomer: False, act, NOW)
