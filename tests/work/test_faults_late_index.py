"""Sweeps and lists when an index is late (fault row 46). Also without each protection."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.core.retention import Policy
from chalicelib.jobs.usecases.run_steps import advance
from chalicelib.privacy.usecases.place_legal_hold import place_legal_hold
from chalicelib.work.domain.activities import CallTag, LoggedCall, single
from chalicelib.work.usecases.assign_lead import assign_lead
from chalicelib.work.usecases.forecast_retirements import forecast_retirements
from chalicelib.work.usecases.read_worklists import managed_worklist, own_worklist
from chalicelib.work.usecases.record_activity import Recording, record_activity
from chalicelib.work.usecases.set_outcome import set_outcome
from chalicelib.work.usecases.set_stage import set_stage
from tests.factories.leads import AGENT, DAY, MANAGER, create_organisation, facts_of, read_access
from tests.factories.retirement import (
    LATE,
    comment,
    create_another_agent,
    create_assigned_leads,
    forget_confirmed,
    lagging_indexes,
    recorded_indexes,
    retired,
    retirements,
    sweep,
    without_second_read,
    without_versions,
)
from tests.harness.faults import metered

__all__ = ["without_versions"]


Action = Callable[[str, int], object]


@pytest.fixture(autouse=True)
def organisation(aws: None) -> None:
    """A project whose leads retire after fourteen days, and two agents."""
    create_organisation(Policy(100))
    create_another_agent("usr_other")


ACTIVITIES: dict[str, Action] = {
    "comment": comment,
    "call": lambda lead_id, now: record_activity(
        AGENT, lead_id, Recording(single(LoggedCall("outgoing", "answered"))), "req_1", now
    ),
    "call tag": lambda lead_id, now: record_activity(
        AGENT, lead_id, Recording(single(CallTag("interested"))), "req_1", now
    ),
    "stage": lambda lead_id, now: set_stage(AGENT, lead_id, "contacted", now),
    "reassigned": lambda lead_id, now: assign_lead(MANAGER, lead_id, "usr_other", now),
}

OTHERS: dict[str, Action] = {
    "closing stage": lambda lead_id, now: set_stage(AGENT, lead_id, "closed", now),
    "outcome": lambda lead_id, now: set_outcome(AGENT, lead_id, "won", None, now),
    "unassigned": lambda lead_id, now: assign_lead(MANAGER, lead_id, None, now),
    "held": lambda lead_id, now: place_legal_hold(MANAGER, lead_id, "dispute", now + 10 * DAY, now),
    "forgotten": forget_confirmed,
}

IN_THE_WAY = ACTIVITIES | OTHERS


def read_with_late_index(ask: Callable[[], object], action: Action, now: int = LATE - 1) -> Any:
    """Read again after an action that the indexes do not show yet."""
    with recorded_indexes() as answers:
        ask()
    action("lead_1", now)
    with lagging_indexes(answers) as fired:
        result = ask()
    assert any("lead_1" in json.dumps(answer) for answer in answers.values())
    assert fired
    return result


STALE: dict[str, Action] = {**IN_THE_WAY, "retired": lambda lead_id, now: sweep(LATE)}


@pytest.mark.parametrize("action", STALE.values(), ids=STALE.keys())
def test_row_46_the_sweep_reads_a_lead_again_before_it_retires_it(action: Action) -> None:
    create_assigned_leads("lead_1")
    with recorded_indexes() as answers:
        sweep(LATE + 1, pages=0)
    action("lead_1", LATE - 1)
    before = facts_of("lead_1"), retirements("lead_1")

    with lagging_indexes(answers) as fired, metered() as meter:
        swept = sweep(LATE + 1)

    assert fired
    assert (swept.examined, swept.retired, swept.skipped, swept.failed) == (1, 0, 1, 0)
    assert meter.operations["TransactWriteItems"] == 0
    assert (facts_of("lead_1"), retirements("lead_1")) == before


@pytest.mark.usefixtures("without_versions")
@pytest.mark.parametrize("action", ACTIVITIES.values(), ids=ACTIVITIES.keys())
def test_row_46_trusting_the_index_would_retire_a_worked_lead(
    action: Action, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_assigned_leads("lead_1")
    with recorded_indexes() as answers:
        sweep(pages=0)
    without_second_read({"lead_1": facts_of("lead_1")}, monkeypatch)
    action("lead_1", LATE - 1)

    with lagging_indexes(answers):
        assert sweep().retired == 1
    facts = facts_of("lead_1")
    assert (facts.last_activity_at, facts.retired_at) == (LATE - 1, LATE)


def own(now: int = LATE - 1) -> list[str]:
    page = own_worklist(read_access(AGENT), "all", 10, None, now)
    return [lead.facts.lead_id for lead in page.items]


def at_risk(now: int = LATE - 1) -> list[str]:
    page = managed_worklist(read_access(), "prj_1", "at_risk", 10, None, now)
    return [lead.facts.lead_id for lead in page.items]


def forecast(now: int = LATE - 1) -> dict[str, dict[str, int]]:
    return advance(forecast_retirements(MANAGER, "prj_1", 1, now), 100, now).tally


LEAVING = {name: IN_THE_WAY[name] for name in ("reassigned", "unassigned", "outcome", "forgotten")}


@pytest.mark.parametrize("action", LEAVING.values(), ids=LEAVING.keys())
@pytest.mark.parametrize("ask", [own, at_risk, forecast])
def test_row_46_no_list_or_forecast_shows_a_lead_that_left(ask: Callable[[], Any], action: Action) -> None:
    create_assigned_leads("lead_1")
    assert ask()

    assert not read_with_late_index(ask, action)


def test_row_46_the_managers_list_hides_a_reassigned_lead() -> None:
    create_assigned_leads("lead_1")
    sweep()
    assert retired() == ["lead_1"]

    assert (
        read_with_late_index(retired, lambda lead_id, now: assign_lead(MANAGER, lead_id, "usr_agent", now))
        == []
    )


@pytest.mark.parametrize("ask", [own, at_risk, forecast])
def test_row_46_a_list_that_trusts_the_index_would_show_left_leads(
    ask: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    create_assigned_leads("lead_1")
    without_second_read({"lead_1": facts_of("lead_1")}, monkeypatch)

    assert read_with_late_index(ask, IN_THE_WAY["unassigned"])
