"""Leads without activity return to the managers (WRK-6 … WRK-10, WRK-13)."""

import json
from dataclasses import replace
from itertools import chain, count, repeat
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.core.retention import Policy
from chalicelib.core.times import local_day
from chalicelib.jobs.usecases.run_steps import advance
from chalicelib.leads.store import leads
from chalicelib.leads.store.leads_rows import FactsRow
from chalicelib.organisation.domain.configuration import Project
from chalicelib.privacy.usecases.place_legal_hold import place_legal_hold
from chalicelib.work.handlers.retire_leads import retire_leads as on_schedule
from chalicelib.work.usecases import retire_leads as retiring
from chalicelib.work.usecases.forecast_retirements import forecast_retirements
from chalicelib.work.usecases.retire_leads import retire_leads
from chalicelib.work.usecases.set_follow_up import set_follow_up
from chalicelib.work.usecases.set_outcome import set_outcome
from chalicelib.work.usecases.set_stage import set_stage
from tests.factories.leads import (
    AGENT,
    DAY,
    MANAGER,
    NOW,
    create_campaign,
    create_lead,
    create_organisation,
    facts_of,
)
from tests.factories.work import (
    FORTNIGHT,
    HOUR,
    actions,
    change_project_settings,
    changes,
    create_activity,
    create_agent,
    create_assigned_lead,
    history,
    managed_leads,
    own_leads,
    run_retirement,
)
from tests.harness.api import add_item
from tests.harness.faults import WRITES, denied, fault, meanwhile, metered, step

pytestmark = pytest.mark.usefixtures("aws")
OVERDUE = NOW + FORTNIGHT
EVENT: Any = dict.fromkeys(
    ("version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"), "-"
)


class Context:
    """The context that Lambda passes besides the event."""

    def __init__(self, left_ms: int = 60_000) -> None:
        self.left_ms = left_ms

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds left."""
        return self.left_ms


def forecast(days: int = 30, now: int = NOW) -> dict[str, dict[str, int]]:
    work = advance(forecast_retirements(MANAGER, "prj_1", days, now), 1_000, now)
    assert work.position is None
    return work.tally


def test_WRK_7_a_lead_retires_at_the_exact_end_of_its_period() -> None:
    create_organisation(Policy())
    create_assigned_lead()
    early = run_retirement(OVERDUE - 1)
    assert (early.examined, early.retired, facts_of("lead_1").version) == (0, 0, 2)
    swept = run_retirement(OVERDUE)
    assert (swept.examined, swept.retired, swept.skipped, swept.failed, swept.oldest_overdue_s) == (
        1,
        1,
        0,
        0,
        0,
    )
    facts = facts_of("lead_1")
    assert (facts.agent_id, facts.retired_at, facts.retired_from) == (None, OVERDUE, AGENT.id)
    assert (facts.last_activity_at, facts.worklist) == (NOW, "retired#prj_1")
    assert history()[-1] == ("retired", {"previous_user_id": AGENT.id, "reason": "inactivity"})
    entry = changes()[-1]
    assert (entry.action, entry.actor_kind, entry.actor_id) == ("retired", "system", "leadwarden")


def test_WRK_3_an_activity_delays_retirement_by_the_whole_period() -> None:
    create_organisation(Policy())
    create_assigned_lead()
    create_activity(now=OVERDUE - 1)
    assert run_retirement(2 * FORTNIGHT + NOW - 2).retired == 0
    assert run_retirement(2 * FORTNIGHT + NOW - 1).retired == 1


@pytest.mark.parametrize(
    ("period", "seconds"), [("PT1M", 60), ("PT90M", 5_400), ("P1DT1H", DAY + HOUR), ("P365D", 365 * DAY)]
)
def test_WRK_6_a_new_period_applies_at_once(period: str, seconds: int) -> None:
    create_organisation(Policy())
    create_assigned_lead()
    change_project_settings(inactivity=period)
    assert facts_of("lead_1").version == 2
    assert run_retirement(NOW + seconds - 1).retired == 0
    assert run_retirement(NOW + seconds).retired == 1


def test_WRK_6_when_off_nothing_retires() -> None:
    create_organisation(Policy())
    create_assigned_lead()
    change_project_settings(inactivity=None)
    assert run_retirement(NOW + 10_000 * DAY).examined == 0
    assert own_leads(now=NOW + 10_000 * DAY) == ["lead_1"]


def test_WRK_6_a_period_changed_during_a_run_applies() -> None:
    create_organisation(Policy())
    create_assigned_lead()
    longer = meanwhile(lambda: change_project_settings(inactivity="P20D"))
    with fault(longer, on={"BatchGetItem"}, when=step(1)) as fired:
        swept = run_retirement(OVERDUE)
    assert fired
    assert (swept.retired, swept.skipped) == (0, 1)


def test_WRK_7_some_leads_never_retire() -> None:
    create_organisation(Policy())
    create_campaign("cmp_due", policy=Policy(14))
    create_assigned_lead("lead_stage")
    set_stage(AGENT, "lead_stage", "closed", NOW)
    create_assigned_lead("lead_outcome")
    set_outcome(AGENT, "lead_outcome", "lost", None, NOW)
    create_assigned_lead("lead_hold")
    place_legal_hold(MANAGER, "lead_hold", "litigation", NOW + 60 * DAY, NOW)
    create_assigned_lead("lead_due", campaign_id="cmp_due")
    create_lead("lead_free")
    create_lead("lead_test", test=True)
    before = {
        item: facts_of(item) for item in ("lead_stage", "lead_outcome", "lead_hold", "lead_due", "lead_free")
    }
    swept = run_retirement(OVERDUE)
    assert (swept.retired, swept.failed) == (0, 0)
    assert {item: facts_of(item, OVERDUE) for item in before} == before
    assert forecast() == {}
    assert run_retirement(NOW + 60 * DAY).retired == 1
    assert actions("lead_hold")[-1] == "retired"


def test_WRK_7_a_stage_that_became_closing_closes_the_lead() -> None:
    create_organisation(Policy())
    create_assigned_lead("lead_1")
    set_stage(AGENT, "lead_1", "proposal", NOW)
    change_project_settings(closing_stages=("proposal", "closed"))
    assert forecast() == {}
    for _ in range(2):
        assert run_retirement(OVERDUE).retired == 0
    facts = facts_of("lead_1")
    assert (facts.agent_id, facts.closing, facts.last_activity_at) == (AGENT.id, True, NOW)
    assert (own_leads(now=OVERDUE), own_leads("closed", now=OVERDUE)) == ([], ["lead_1"])
    assert actions() == ["assigned", "stage", "stage"]


def test_WRK_8_missed_and_repeated_sweeps_retire_once() -> None:
    create_organisation(Policy())
    for number in range(3):
        create_assigned_lead(f"lead_{number}", now=NOW + number)
    late = OVERDUE + 5 * DAY
    assert [run_retirement(late).retired, run_retirement(late + 60).retired] == [3, 0]
    assert [actions(f"lead_{number}") for number in range(3)] == [["assigned", "retired"]] * 3
    assert managed_leads("retired", now=late) == ["lead_0", "lead_1", "lead_2"]


def test_WRK_8_an_activity_between_read_and_write_wins() -> None:
    create_organisation(Policy())
    create_assigned_lead()
    with fault(meanwhile(lambda: create_activity(now=OVERDUE)), on=WRITES, when=step(1)) as fired:
        swept = run_retirement(OVERDUE)
    assert fired
    assert (swept.retired, swept.skipped) == (0, 1)
    assert (facts_of("lead_1").agent_id, actions()) == (AGENT.id, ["assigned", "comment"])


def test_WRK_8_a_lead_that_cannot_be_written_stops_no_other() -> None:
    create_organisation(Policy())
    create_assigned_lead("lead_1")
    create_assigned_lead("lead_2", now=NOW + 60)
    with fault(denied, on=WRITES, when=step(1)):
        swept = run_retirement(OVERDUE + HOUR)
    assert (swept.examined, swept.retired, swept.failed, swept.oldest_overdue_s) == (2, 1, 1, HOUR)
    assert run_retirement(OVERDUE + HOUR).retired == 1


def test_WRK_8_a_lead_is_evaluated_at_the_time_it_is_processed() -> None:
    create_organisation(Policy())
    for lead_id in ("lead_1", "lead_2"):
        create_assigned_lead(lead_id)
    minutes = count(OVERDUE, 60)
    swept = retire_leads(lambda: next(minutes), lambda: True)
    first, second = (facts_of(item).retired_at or 0 for item in ("lead_1", "lead_2"))
    assert (swept.retired, OVERDUE < first < second) == (2, True)
    assert [entry.at for entry in changes("lead_2")][-1] == second


def test_WRK_7_a_person_who_ends_during_the_run_is_not_retired() -> None:
    create_organisation(Policy(15))
    create_assigned_lead()
    end = NOW + 15 * DAY
    instants = chain([end - 600, end - 600], repeat(end))
    swept = retire_leads(lambda: next(instants), lambda: True)
    assert (swept.examined, swept.retired, swept.skipped) == (1, 0, 1)
    assert facts_of("lead_1").retired_at is None


def test_WRK_16_the_history_is_in_order_even_if_a_clock_lags() -> None:
    create_organisation(Policy())
    create_assigned_lead()
    late = meanwhile(lambda: set_follow_up(AGENT, "lead_1", local_day(OVERDUE, "UTC"), OVERDUE + 600))
    with fault(late, on={"BatchGetItem"}, when=step(1)) as fired:
        assert run_retirement(OVERDUE).retired == 1
    assert fired
    assert [kind for kind, _ in history()] == ["assigned", "follow_up", "retired"]


def test_WRK_9_a_list_longer_than_a_page_is_read_with_ties(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retiring, "_PAGE", 3)
    create_organisation(Policy())
    for number in range(8):
        create_assigned_lead(f"lead_{number}")
    place_legal_hold(MANAGER, "lead_1", "dispute", NOW + 60 * DAY, NOW)
    place_legal_hold(MANAGER, "lead_4", "dispute", NOW + 60 * DAY, NOW)
    swept = run_retirement(OVERDUE)
    assert (swept.examined, swept.retired, swept.skipped) == (8, 6, 2)
    assert sorted(own_leads(now=OVERDUE)) == ["lead_1", "lead_4"]


def test_WRK_9_leads_within_their_period_are_not_read() -> None:
    create_organisation(Policy())
    create_assigned_lead("lead_due")
    with metered() as small:
        run_retirement(OVERDUE - 1)
    for number in range(30):
        create_assigned_lead(f"lead_{number}", now=NOW + DAY)
        if number % 3 == 0:
            set_outcome(AGENT, f"lead_{number}", "lost", None, NOW + DAY)
    with metered() as large:
        run_retirement(OVERDUE - 1)
    assert large.operations == small.operations


def test_WRK_7_without_time_it_stops_and_reports_the_oldest() -> None:
    create_organisation(Policy())
    create_assigned_lead()
    swept = retire_leads(lambda: OVERDUE + HOUR, lambda: False)
    assert (swept.examined, swept.retired, swept.oldest_overdue_s) == (0, 0, HOUR)


def test_WRK_7_each_project_has_its_period_and_every_agent_is_visited() -> None:
    create_organisation(Policy())
    other = Project(id="prj_2", version=1, name="Other", inactivity="P1D")
    add_item(other)
    create_agent("usr_2")
    create_assigned_lead("lead_1")
    create_assigned_lead("lead_2", "usr_2")
    change_project_settings(inactivity="P2D")
    assert run_retirement(NOW + 2 * DAY).retired == 2


def test_WRK_10_a_retired_lead_is_with_the_managers_with_all_data() -> None:
    create_organisation(Policy())
    create_assigned_lead()
    create_activity()
    before = facts_of("lead_1")
    run_retirement(OVERDUE)
    after = facts_of("lead_1")
    stored_value = replace(
        after, version=before.version, agent_id=AGENT.id, retired_at=None, retired_from=None
    )
    assert stored_value == before
    assert (managed_leads("retired", now=OVERDUE), own_leads(now=OVERDUE)) == (["lead_1"], [])
    assert [kind for kind, _ in history()] == ["assigned", "comment", "retired"]


def test_WRK_13_the_forecast_is_right_if_nothing_happens() -> None:
    create_organisation(Policy())
    change_project_settings(zone="America/Los_Angeles", inactivity="P3D")
    create_agent("usr_2")
    create_campaign("cmp_due", policy=Policy(2))
    for number in range(12):
        agent = (AGENT.id, "usr_2")[number % 2]
        create_assigned_lead(f"lead_{number:02d}", agent, NOW + number * 7 * HOUR)
    set_outcome(MANAGER, "lead_02", "lost", None, NOW + 79 * HOUR)
    place_legal_hold(MANAGER, "lead_03", "dispute", NOW + 5 * DAY, NOW + 79 * HOUR)
    create_assigned_lead("lead_due", campaign_id="cmp_due")
    start = NOW + 79 * HOUR
    forecast_days = forecast(4, start)

    happened: dict[str, dict[str, int]] = {}
    seen: set[str] = set()
    for now in range(start, start + 4 * DAY + 1, 7 * HOUR):
        run_retirement(now)
        for row in FactsRow.scan(FactsRow.retired_at.exists()):
            if row.lead_id not in seen:
                seen.add(row.lead_id)
                days = happened.setdefault(str(row.retired_from), {})
                day = local_day(now, "America/Los_Angeles")
                days[day] = days.get(day, 0) + 1
    assert forecast_days == happened
    assert sum(sum(days.values()) for days in forecast_days.values()) == 11
    assert forecast(4, start + 4 * DAY) == {}


def test_WRK_13_a_forecast_ends_exactly_and_counts_overdue_leads_today() -> None:
    create_organisation(Policy())
    create_assigned_lead()
    today = local_day(NOW, "UTC")
    assert forecast(13) == {}
    assert forecast(14) == {AGENT.id: {local_day(OVERDUE, "UTC"): 1}}
    late = OVERDUE + 3 * DAY
    assert forecast(1, late) == {AGENT.id: {local_day(late, "UTC"): 1}}
    change_project_settings(inactivity=None)
    assert forecast(366) == {}
    change_project_settings(inactivity="PT1M")
    assert forecast(1) == {AGENT.id: {today: 1}}


def test_WRK_7_the_schedule_writes_metrics(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    create_organisation(Policy())
    create_assigned_lead("lead_1")
    create_assigned_lead("lead_2")
    place_legal_hold(MANAGER, "lead_2", "dispute", NOW + 60 * DAY, NOW)
    monkeypatch.setattr(clock, "now", lambda: OVERDUE + HOUR)
    on_schedule(EVENT, Context(left_ms=20_000))
    assert measured(capsys.readouterr().out) == {
        "LeadsExamined": 0, "LeadsRetired": 0, "LeadsSkipped": 0, "OldestUnretiredSeconds": HOUR,
    }  # fmt: skip
    on_schedule(EVENT, Context())
    assert measured(capsys.readouterr().out) == {
        "LeadsExamined": 2, "LeadsRetired": 1, "LeadsSkipped": 1, "OldestUnretiredSeconds": 0,
    }  # fmt: skip
    assert leads.list_worklist("retired#prj_1", 0, OVERDUE + HOUR, 10) == [("lead_1", OVERDUE + HOUR)]


def measured(output: str) -> dict[str, float]:
    """Return the retirement metrics that a function wrote, by name."""
    lines = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    names = ("LeadsExamined", "LeadsRetired", "LeadsSkipped", "OldestUnretiredSeconds", "RetirementsFailed")
    return {name: line[name][0] for line in lines for name in names if name in line}
