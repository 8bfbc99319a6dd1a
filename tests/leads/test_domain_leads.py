"""The worklist of a lead, and when it is live (WRK-1, RET-14)."""

from typing import Any

import pytest

from chalicelib.core.retention import Policy, Retention, RetentionState
from chalicelib.core.times import DAY_S
from chalicelib.leads.domain.leads import Facts, Status

NOW = 1_700_000_000


def facts(**changes: Any) -> Facts:
    """Return the facts of an example lead."""
    values: dict[str, Any] = {
        "lead_id": "lead_1",
        "campaign_id": "cmp_1",
        "project_id": "prj_1",
        "status": Status.ACCEPTED,
        "received_at": NOW,
        "retention": Retention(NOW, Policy(10)),
        "source_kind": "credential",
        "source_id": "crd_1",
        "config_version": 1,
    }
    return Facts(**values | changes)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ({}, "unassigned#prj_1"),
        ({"agent_id": "usr_1"}, "open#prj_1#usr_1"),
        ({"agent_id": "usr_1", "stage": "contacted"}, "open#prj_1#usr_1"),
        ({"agent_id": "usr_1", "outcome": "won"}, "closed#prj_1#usr_1"),
        ({"agent_id": "usr_1", "stage": "closed", "closing": True}, "closed#prj_1#usr_1"),
        ({"outcome": "won"}, "unassigned#prj_1"),
        ({"closing": True}, "unassigned#prj_1"),
        ({"retired_at": NOW, "retired_from": "usr_1"}, "retired#prj_1"),
        ({"retired_at": NOW, "status": Status.HELD}, "quality#prj_1"),
        ({"status": Status.HELD}, "quality#prj_1"),
        ({"status": Status.HELD, "agent_id": "usr_1"}, "quality#prj_1"),
        ({"status": Status.REJECTED}, None),
        ({"status": Status.DUPLICATE, "agent_id": "usr_1"}, None),
        ({"retention": Retention(NOW, test=True)}, None),
        ({"retention": Retention(NOW, test=True), "status": Status.HELD}, None),
        ({"retired_at": NOW, "status": Status.REJECTED}, None),
        ({"retention": Retention(NOW, test=True), "agent_id": "usr_1"}, None),
        ({"erased_at": NOW, "agent_id": "usr_1"}, None),
        ({"erased_at": NOW, "retired_at": NOW}, None),
        ({"erased_at": NOW, "status": Status.HELD}, None),
    ],
)
def test_WRK_1_a_lead_is_in_one_worklist_or_none(state: dict[str, Any], expected: str | None) -> None:
    assert facts(**state).worklist == expected


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ({}, NOW),
        ({"status": Status.HELD}, NOW),
        ({"status": Status.HELD, "waiting_since": NOW + 9}, NOW + 9),
        ({"waiting_since": NOW + 5, "last_activity_at": NOW + 3}, NOW + 5),
        ({"agent_id": "usr_1", "last_activity_at": NOW + 3, "waiting_since": NOW + 9}, NOW + 3),
        ({"agent_id": "usr_1", "last_activity_at": NOW + 3, "outcome": "won"}, NOW + 3),
        ({"retired_at": NOW + 7, "last_activity_at": NOW + 3}, NOW + 7),
    ],
)
def test_WRK_1_a_list_is_sorted_by_last_activity_or_waiting_time(
    state: dict[str, Any], expected: int
) -> None:
    assert facts(**state).worklist_at == expected


def test_RET_14_a_lead_is_live_until_the_second_of_its_end() -> None:
    lead = facts()

    assert lead.is_live(NOW + 10 * DAY_S - 1)
    assert not lead.is_live(NOW + 10 * DAY_S)


def test_RET_14_an_erased_lead_is_not_live_even_without_an_end() -> None:
    lead = facts(retention=Retention(NOW), erased_at=NOW + 5)

    assert not lead.is_live(NOW + 5)
    assert lead.retention_state(NOW + 5) is RetentionState.ERASED
