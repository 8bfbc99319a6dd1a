"""Leads of equal contacts at once, in simulated time: they meet only where duplicates are looked for (CAM-9)."""

import json
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.aws.dynamodb import counters
from chalicelib.campaigns.domain.campaign_settings import Duplicates
from chalicelib.core.times import utc_day
from chalicelib.intake.domain import new_lead
from chalicelib.leads.domain.leads import Status
from chalicelib.leads.store.contact_index import ContactRow
from tests.harness.conflicts.loads import offered_leads
from tests.harness.conflicts.loads.contact_load import send_leads
from tests.harness.conflicts.loads.intake_load import UNAVAILABLE
from tests.harness.conflicts.loads.stream_load import process_stored
from tests.harness.conflicts.mishaps import Mishaps
from tests.harness.conflicts.simulation import simulation

ON = Duplicates(enabled=True)
COUNT = 300


def rows() -> list[dict[str, Any]]:
    """Return the entries of each row of the duplicate index."""
    return [json.loads(row.originals) for row in ContactRow.scan() if row.originals]


@pytest.mark.parametrize("seed", [1, 2])
def test_CAM_9_leads_of_one_contact_never_meet_where_duplicates_are_off(seed: int) -> None:
    with simulation(seed) as run:
        load = send_leads(run, COUNT)
        assert load.ends == {Status.ACCEPTED: COUNT}
        assert (load.transactions, run.service.counts["conflicts"]) == (COUNT, 0)


def test_CAM_9_without_that_they_meet_at_the_row_and_some_are_503(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(new_lead, "_enters_later", lambda *_: False)
    with simulation(1) as run:
        load = send_leads(run, COUNT)
        assert load.ends[UNAVAILABLE] > 0
        assert load.transactions > 1.5 * COUNT


def test_CAM_9_leads_of_other_contacts_never_meet_where_duplicates_are_on() -> None:
    with simulation(1) as run:
        load = send_leads(run, COUNT, people=COUNT, duplicates=ON)
        assert load.ends == {Status.ACCEPTED: COUNT}
        assert (load.transactions, run.service.counts["conflicts"]) == (COUNT, 0)


@pytest.mark.parametrize("people", [1, 5])
def test_CAM_9_of_equal_leads_at_once_one_is_accepted_and_none_is_503(people: int) -> None:
    with simulation(1) as run:
        load = send_leads(run, COUNT, people=people, duplicates=ON)
        assert load.ends == {Status.ACCEPTED: people, Status.DUPLICATE: COUNT - people}
        assert [len(row) for row in rows()] == [1] * people


@pytest.mark.parametrize("mishaps", [None, Mishaps(lost=0.05)])
def test_CAM_9_the_stream_enters_each_lead_of_one_contact_and_counts_it_once(mishaps: Mishaps | None) -> None:
    with simulation(1, mishaps=mishaps) as run:
        ids = send_leads(run, 60).lead_ids
        assert rows() == []
        process_stored(run, ids)
        (row,) = rows()
        assert len(row) == 20
        day = counters.read_day(f"statistics#{offered_leads.CAMPAIGN}", utc_day(clock.now()))
        assert day["accepted"] == 60
