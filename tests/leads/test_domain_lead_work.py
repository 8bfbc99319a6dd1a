"""The assignment of a lead, its activities, and its retirement (WRK)."""

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.core.errors import Conflict, Invalid
from chalicelib.core.retention import DeadlineOrigin, Policy, Retention, Setting
from chalicelib.core.times import DAY_S
from chalicelib.leads.domain import lead_work
from chalicelib.leads.domain.leads import Facts, Status
from chalicelib.organisation.domain.configuration import OutcomeRule, Project
from chalicelib.organisation.domain.inactivity import warning_s
from tests.leads.test_domain_leads import NOW, facts

LATER = NOW + 100
PROJECT = Project(
    id="prj_1",
    name="Loans",
    outcomes=(OutcomeRule("won", 60), OutcomeRule("lost"), OutcomeRule("not_interested", 30)),
    inactivity="P2D",
)


def agent_facts(**changes: Any) -> Facts:
    """Return the facts of a lead that an agent last worked at NOW."""
    return facts(**{"agent_id": "usr_1", "last_activity_at": NOW, "stage": "new"} | changes)


def test_WRK_1_a_lead_is_always_in_one_worklist() -> None:
    steps: list[Callable[[Facts], Facts]] = [
        lambda item: lead_work.assigned(item, "usr_1", NOW + 1),
        lambda item: lead_work.staged(item, "contacted", PROJECT, NOW + 2),
        lambda item: lead_work.staged(item, "closed", PROJECT, NOW + 3),
        lambda item: lead_work.staged(item, "proposal", PROJECT, NOW + 4),
        lambda item: lead_work.with_outcome(item, "lost", PROJECT, NOW + 5),
        lambda item: lead_work.with_outcome(item, None, PROJECT, NOW + 6),
        lambda item: lead_work.retired(item, NOW + 7),
        lambda item: lead_work.assigned(item, "usr_2", NOW + 8),
        lambda item: lead_work.unassigned(item, NOW + 9),
    ]
    life = [facts(stage="new")]
    for step in steps:
        life.append(step(life[-1]))

    assert [(item.worklist, item.worklist_at - NOW) for item in life] == [
        ("unassigned#prj_1", 0),
        ("open#prj_1#usr_1", 1),
        ("open#prj_1#usr_1", 2),
        ("closed#prj_1#usr_1", 3),
        ("open#prj_1#usr_1", 4),
        ("closed#prj_1#usr_1", 5),
        ("open#prj_1#usr_1", 6),
        ("retired#prj_1", 7),
        ("open#prj_1#usr_2", 8),
        ("unassigned#prj_1", 9),
    ]


@pytest.mark.parametrize(
    ("state", "now", "code"),
    [
        ({}, LATER, None),
        ({"status": Status.HELD}, LATER, "not_accepted"),
        ({"status": Status.REJECTED}, LATER, "not_accepted"),
        ({"status": Status.DUPLICATE}, LATER, "not_accepted"),
        ({"retention": Retention(NOW, test=True)}, LATER, "test_lead"),
        ({"erased_at": NOW}, LATER, "erased"),
        ({"erasing_at": NOW}, LATER, "erased"),
        ({}, NOW + 10 * DAY_S - 1, None),
        ({}, NOW + 10 * DAY_S, "erased"),
        ({"retention": Retention(NOW, Policy(10), hold_until=NOW + 20 * DAY_S)}, LATER, None),
        (
            {"retention": Retention(NOW, Policy(10), hold_until=NOW + 20 * DAY_S)},
            NOW + 10 * DAY_S,
            "legal_hold",
        ),
    ],
)
def test_RET_19_only_a_live_real_accepted_lead_is_worked(
    state: dict[str, Any], now: int, code: str | None
) -> None:
    if code is None:
        lead_work.require_workable(agent_facts(**state), now)
        return
    with pytest.raises(Conflict) as caught:
        lead_work.require_workable(agent_facts(**state), now)
    assert caught.value.code == code


def test_WRK_10_a_retired_lead_is_reassigned_before_it_is_worked() -> None:
    lead = lead_work.retired(agent_facts(), LATER)
    lead_work.require_workable(lead, LATER)
    with pytest.raises(Conflict) as caught:
        lead_work.require_in_work(lead, LATER)
    assert caught.value.code == "retired"


def test_WRK_3_the_clock_never_goes_backwards() -> None:
    assert lead_work.touched(agent_facts(), LATER).last_activity_at == LATER
    assert lead_work.touched(agent_facts(), NOW - 100).last_activity_at == NOW
    assert lead_work.touched(facts(), NOW - 100).last_activity_at == NOW - 100


def test_WRK_3_the_same_stage_again_is_no_activity() -> None:
    lead = agent_facts(stage="contacted")
    assert lead_work.staged(lead, "contacted", PROJECT, LATER) is lead
    assert lead_work.staged(lead, "proposal", PROJECT, LATER).last_activity_at == LATER


@pytest.mark.parametrize("closing", [lambda item: lead_work.staged(item, "closed", PROJECT, LATER),
                                     lambda item: lead_work.with_outcome(item, "lost", PROJECT, LATER)])  # fmt: skip
def test_WRK_4_a_closed_lead_has_no_follow_up(closing: Any) -> None:
    lead = closing(agent_facts(follow_up_on="2030-01-01"))
    assert lead.follow_up_on is None
    with pytest.raises(Conflict) as caught:
        lead_work.followed_up(lead, "2030-01-01", "2029-01-01")
    assert caught.value.code == "closed"
    assert lead_work.followed_up(lead, None, "2029-01-01") == lead


def test_WRK_4_a_follow_up_is_today_or_later() -> None:
    assert lead_work.followed_up(agent_facts(), "2030-01-01", "2030-01-01").follow_up_on == "2030-01-01"
    with pytest.raises(Invalid) as caught:
        lead_work.followed_up(agent_facts(), "2029-12-31", "2030-01-01")
    assert [(field.field, field.code) for field in caught.value.fields] == [("follow_up_on", "out_of_range")]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda: lead_work.staged(agent_facts(), "sold", PROJECT, LATER), "stage"),
        (lambda: lead_work.with_outcome(agent_facts(), "sold", PROJECT, LATER), "outcome"),
    ],
)
def test_WRK_3_a_value_unknown_to_the_project_is_refused_by_name(change: Any, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        change()
    assert [(item.field, item.code) for item in caught.value.fields] == [(field, "choice")]
    assert "sold" not in caught.value.fields[0].message


@pytest.mark.parametrize(
    ("retention", "outcome", "due_at", "origin"),
    [
        (Retention(NOW, Policy(10)), "won", LATER + 60 * DAY_S, DeadlineOrigin.OUTCOME),
        (Retention(NOW, Policy(10)), "not_interested", LATER + 30 * DAY_S, DeadlineOrigin.OUTCOME),
        (Retention(NOW, Policy(100)), "not_interested", LATER + 30 * DAY_S, DeadlineOrigin.OUTCOME),
        (Retention(NOW, Policy(10)), "lost", NOW + 10 * DAY_S, DeadlineOrigin.CAMPAIGN),
        (Retention(NOW), "won", LATER + 60 * DAY_S, DeadlineOrigin.OUTCOME),
        (Retention(NOW), "lost", None, DeadlineOrigin.NONE),
        (Retention(NOW, Policy(10), setting=Setting(LATER + 5)), "won", LATER + 5, DeadlineOrigin.LEAD),
        (Retention(NOW, Policy(10), setting=Setting(None)), "won", None, DeadlineOrigin.LEAD),
    ],
)
def test_RET_7_outcome_days_count_from_its_instant_unless_the_lead_has_its_own(
    retention: Retention, outcome: str, due_at: int | None, origin: DeadlineOrigin
) -> None:
    lead = lead_work.with_outcome(agent_facts(retention=retention), outcome, PROJECT, LATER)
    assert (lead.retention.due_at, lead.retention.origin) == (due_at, origin)
    assert (lead.outcome, lead.last_activity_at) == (outcome, LATER)


@pytest.mark.parametrize(
    ("late", "due_at"),
    [(-1, NOW + 10 * DAY_S - 1 + 60 * DAY_S), (0, NOW + 20 * DAY_S), (1, NOW + 20 * DAY_S)],
)
def test_RET_11_from_the_initial_deadline_on_an_outcome_keeps_the_retention(late: int, due_at: int) -> None:
    base = NOW + 10 * DAY_S
    retention = Retention(NOW, Policy(20), base_due_at=base)
    lead = lead_work.with_outcome(agent_facts(retention=retention), "won", PROJECT, base + late)
    assert (lead.outcome, lead.retention.due_at) == ("won", due_at)


def test_RET_7_another_outcome_or_none_undoes_the_days() -> None:
    won = lead_work.with_outcome(agent_facts(), "won", PROJECT, LATER)
    assert lead_work.with_outcome(won, "won", PROJECT, LATER + 5) is won
    for outcome in ("lost", None):
        lead = lead_work.with_outcome(won, outcome, PROJECT, LATER + 5)
        assert (lead.retention.origin, lead.retention.due_at) == (DeadlineOrigin.CAMPAIGN, NOW + 10 * DAY_S)
    assert not lead_work.with_outcome(won, None, PROJECT, LATER + 5).closed


def test_WRK_7_a_retired_lead_is_with_the_managers_and_names_its_agent() -> None:
    lead = lead_work.retired(agent_facts(), LATER)
    assert (lead.agent_id, lead.retired_at, lead.retired_from) == (None, LATER, "usr_1")
    assert lead.last_activity_at == NOW


def test_WRK_11_a_reassigned_lead_has_a_fresh_clock() -> None:
    lead = lead_work.assigned(
        lead_work.retired(agent_facts(follow_up_on="2030-01-01"), LATER), "usr_1", LATER + 1
    )
    assert (lead.agent_id, lead.retired_at, lead.retired_from) == ("usr_1", None, None)
    assert (lead.last_activity_at, lead.follow_up_on) == (LATER + 1, "2030-01-01")


@pytest.mark.parametrize(
    ("state", "settings", "expected"),
    [
        ({}, {}, NOW + 2 * DAY_S),
        ({}, {"inactivity": "PT1M"}, NOW + 60),
        ({}, {"inactivity": None}, None),
        ({"agent_id": None}, {}, None),
        ({"agent_id": None, "retired_at": NOW}, {}, None),
        ({"closing": True}, {}, None),
        ({"outcome": "lost"}, {}, None),
        ({"stage": "closed"}, {}, None),
        ({"stage": "proposal"}, {"closing_stages": ("proposal",)}, None),
        ({"status": Status.HELD}, {}, None),
        ({"retention": Retention(NOW, test=True)}, {}, None),
        ({"erased_at": NOW}, {}, None),
        ({"retention": Retention(NOW, Policy(2))}, {}, None),
        ({"retention": Retention(NOW, Policy(3))}, {}, NOW + 2 * DAY_S),
        ({"retention": Retention(NOW, Policy(10), hold_until=NOW + DAY_S)}, {}, NOW + 2 * DAY_S),
        ({"retention": Retention(NOW, Policy(10), hold_until=NOW + 5 * DAY_S)}, {}, NOW + 5 * DAY_S),
        ({"retention": Retention(NOW, Policy(10), hold_until=NOW + 15 * DAY_S)}, {}, None),
        ({"retention": Retention(NOW, hold_until=NOW + 15 * DAY_S)}, {}, NOW + 15 * DAY_S),
    ],
)
def test_WRK_7_a_lead_retires_after_its_period(
    state: dict[str, Any], settings: dict[str, Any], expected: int | None
) -> None:
    project = Project(id="prj_1", name="Loans", **{"inactivity": "P2D"} | settings)
    assert lead_work.retires_at(agent_facts(**state), project) == expected


@pytest.mark.parametrize(
    ("state", "overlooked"),
    [
        ({"stage": "proposal"}, True),
        ({"stage": "new"}, False),
        ({"stage": "proposal", "closing": True}, False),
        ({"stage": "proposal", "outcome": "lost"}, False),
        ({"stage": "proposal", "agent_id": None}, False),
    ],
)
def test_WRK_7_a_stage_that_became_closing_is_noticed(state: dict[str, Any], overlooked: bool) -> None:
    project = Project(id="prj_1", name="Loans", closing_stages=("proposal",))
    assert lead_work.is_overlooked(agent_facts(**state), project) is overlooked


@pytest.mark.parametrize(
    ("inactivity", "warning", "expected"),
    [("P14D", None, 14 * DAY_S // 4), ("PT1M", None, 15), ("P14D", "P3D", 3 * DAY_S), (None, None, 0)],
)
def test_WRK_12_the_warning_is_a_quarter_of_the_period_unless_set(
    inactivity: str | None, warning: str | None, expected: int
) -> None:
    project = Project(id="prj_1", name="Loans", inactivity=inactivity, warning=warning)
    assert warning_s(project) == expected
