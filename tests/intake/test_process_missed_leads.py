"""Leads whose stream record was lost (PRI-17, data-model.md, Statistics)."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.aws.dynamodb import counters
from chalicelib.blocks.domain import BlockRequest
from chalicelib.blocks.usecases.block_contact import block_contact
from chalicelib.core.retention import Policy
from chalicelib.core.times import utc_day
from chalicelib.intake.handlers.after_intake import after_intake
from chalicelib.intake.usecases.process_missed_leads import process_missed_leads
from chalicelib.intake.usecases.process_new_lead import process_new_lead
from chalicelib.leads.store import people
from tests.factories.leads import (
    DAY,
    LEAD,
    MANAGER,
    NOW,
    create_campaign,
    create_lead,
    create_organisation,
    facts_of,
)
from tests.harness.faults import metered

pytestmark = pytest.mark.usefixtures("aws")
HOUR = 3_600


@pytest.fixture(autouse=True)
def _organisation(aws: None) -> None:
    create_organisation()


def accepted(day: int = NOW, campaign_id: str = "cmp_1") -> int:
    return counters.read_day(f"statistics#{campaign_id}", utc_day(day)).get("accepted", 0)


def process_missed(now: int, go_on: Callable[[], bool] = lambda: True) -> int:
    return process_missed_leads(go_on, now).processed


def test_data_model_a_missed_lead_is_counted_and_its_blocks_checked() -> None:
    create_lead()
    block_contact(MANAGER, BlockRequest("phone", LEAD["phone"], "prj_1"), "request_1", NOW)

    assert process_missed(NOW + DAY) == 1

    assert accepted() == 1
    assert facts_of("lead_1").blocked_at == NOW + DAY
    assert process_missed(NOW + DAY + 60) == 0
    assert accepted() == 1


def test_data_model_missed_leads_of_three_days_are_found_in_every_campaign(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("chalicelib.intake.usecases.process_missed_leads._PAGE", 2)
    create_campaign("cmp_2", policy=Policy(10))
    for number in range(5):
        create_lead(f"lead_{number}", NOW + number, "cmp_1" if number < 4 else "cmp_2")
    create_lead("lead_old", NOW - DAY)
    for counted in ("lead_0", "lead_3"):
        process_new_lead(counted, NOW + 10)

    assert process_missed(NOW + 2 * DAY) == 3

    assert (accepted(), accepted(campaign_id="cmp_2"), accepted(NOW - DAY)) == (4, 1, 0)


def test_data_model_recent_and_test_leads_are_skipped() -> None:
    create_lead("lead_1")
    create_lead("lead_test", test=True)

    assert process_missed(NOW + HOUR - 1) == 0
    assert process_missed(NOW + HOUR) == 1


def test_data_model_without_time_nothing_more_is_read() -> None:
    create_lead()

    with metered() as meter:
        assert process_missed(NOW + DAY, lambda: False) == 0

    assert meter.operations == {"Query": 1}


def test_data_model_with_none_missing_a_lead_costs_one_read_unit() -> None:
    for number in range(20):
        create_lead(f"lead_{number}", NOW + number)
        process_new_lead(f"lead_{number}", NOW + number)
    with metered() as meter:
        process_missed(NOW + DAY)

    assert meter.operations == {"Query": 4, "BatchGetItem": 1}
    assert meter.read_units <= 20 + 5


def test_data_model_one_failing_lead_stops_no_other() -> None:
    create_lead("lead_1")
    create_lead("lead_2")
    people.PersonRow("lead_1", "person", body="not json", version=1).save()

    sweep = process_missed_leads(lambda: True, NOW + DAY)

    assert (sweep.processed, sweep.failed) == (1, 1)
    assert accepted() == 1


def test_data_model_the_stream_function_runs_it_on_the_schedule_s_event(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Context:
        def get_remaining_time_in_millis(self) -> int:
            return 60_000

    monkeypatch.setattr(clock, "now", lambda: NOW + DAY)
    create_lead()

    event: Any = {"detail-type": "Scheduled Event", "detail": {}}
    assert after_intake(event, Context()) == {}

    assert accepted() == 1
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "LeadsMissed" in line]
    assert [line["LeadsMissed"] for line in lines] == [[1]]
