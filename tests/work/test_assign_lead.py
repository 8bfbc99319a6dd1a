"""Assigning leads to agents, for the first time or again (WRK-2, WRK-10, WRK-11)."""

from dataclasses import replace

import pytest

from chalicelib.core.access import Permission
from chalicelib.core.errors import Conflict, Forbidden, Invalid, NotFound
from chalicelib.core.retention import Policy
from chalicelib.leads.domain.lead_work import BulkItemResult
from chalicelib.organisation.domain.configuration import Project
from chalicelib.privacy.usecases.finish_erasure import finish_erasure
from chalicelib.privacy.usecases.place_legal_hold import place_legal_hold
from chalicelib.work.store import notifications
from chalicelib.work.usecases.assign_lead import assign_lead, reassign_leads
from tests.factories.leads import (
    AGENT,
    DAY,
    MANAGER,
    NOW,
    OUTSIDER,
    create_campaign,
    create_lead,
    create_organisation,
    facts_of,
)
from tests.factories.work import (
    FORTNIGHT,
    HOUR,
    actions,
    changes,
    create_activity,
    create_agent,
    create_assigned_lead,
    history,
    managed_leads,
    own_leads,
    run_retirement,
    set_disabled,
)
from tests.harness.api import add_item
from tests.harness.faults import fault, meanwhile, step

pytestmark = pytest.mark.usefixtures("aws")
RETIRED = NOW + FORTNIGHT


def test_WRK_2_the_default_user_has_the_lead_from_receipt_on() -> None:
    create_organisation()
    create_campaign("cmp_2", policy=Policy(), agent=AGENT.id)
    facts = create_lead(campaign_id="cmp_2")
    assert (facts.agent_id, facts.last_activity_at, facts.version) == (AGENT.id, NOW, 1)
    assert own_leads() == ["lead_1"]
    assert managed_leads("unassigned") == []


@pytest.mark.parametrize("how", ["disabled", "foreign", "unable", "blind", "absent"])
def test_WRK_2_a_user_who_may_not_have_leads_gets_none(how: str) -> None:
    create_organisation()
    create_agent("usr_foreign", "prj_2")
    create_agent("usr_unable", withdrawn=(Permission.LEADS_WORK,))
    create_agent("usr_blind", withdrawn=(Permission.LEADS_READ,))
    create_agent("usr_disabled", disabled=True)
    create_campaign("cmp_2", policy=Policy(), agent=f"usr_{how}")
    assert create_lead(campaign_id="cmp_2").agent_id is None
    assert managed_leads("unassigned") == ["lead_1"]
    with pytest.raises(Invalid) as caught:
        assign_lead(MANAGER, "lead_1", f"usr_{how}", NOW)
    assert [(field.field, field.code) for field in caught.value.fields] == [("user_id", "not_assignable")]
    assert facts_of("lead_1").version == 1


def test_WRK_2_an_assignment_starts_the_clock_and_is_logged_once() -> None:
    create_organisation()
    create_lead()
    for _ in range(2):
        facts = assign_lead(MANAGER, "lead_1", AGENT.id, NOW + 60)
    assert (facts.agent_id, facts.last_activity_at, facts.version) == (AGENT.id, NOW + 60, 2)
    assert facts == facts_of("lead_1")
    assert history() == [("assigned", {"user_id": AGENT.id, "previous_user_id": None})]
    (entry,) = changes()
    assert (entry.action, entry.actor_id, entry.at) == ("assigned", MANAGER.id, NOW + 60)
    assert [(field.name, field.before, field.after) for field in entry.fields] == [
        ("agent_id", None, AGENT.id)
    ]
    assert notifications.list_waiting(NOW + 60) == {AGENT.id: ["lead_1"]}


def test_WRK_2_an_assignment_to_oneself_is_not_notified() -> None:
    create_organisation()
    manager = create_agent("usr_manager")
    create_lead()
    assign_lead(MANAGER, "lead_1", manager.id, NOW)
    assert notifications.list_waiting(NOW) == {}


def test_WRK_2_a_manager_takes_a_lead_back() -> None:
    create_organisation()
    create_assigned_lead()
    create_activity(now=NOW + 5)
    facts = assign_lead(MANAGER, "lead_1", None, NOW + 60)
    assert (facts.agent_id, facts.waiting_since) == (None, NOW + 60)
    assert (own_leads(), managed_leads("unassigned", now=NOW + 60)) == ([], ["lead_1"])
    assert actions()[-1] == "unassigned"
    assert assign_lead(MANAGER, "lead_1", None, NOW + 90).version == facts.version
    assert assign_lead(MANAGER, "lead_1", AGENT.id, NOW + 99).last_activity_at == NOW + 99


def test_ACC_6_without_permission_it_is_forbidden_and_foreign_is_not_found() -> None:
    create_organisation()
    create_lead()
    cannot = replace(MANAGER, permissions=frozenset(Permission) - {Permission.LEADS_ASSIGN})
    for actor in (cannot, AGENT):
        with pytest.raises(Forbidden):
            assign_lead(actor, "lead_1", AGENT.id, NOW)
        with pytest.raises(Forbidden):
            reassign_leads(actor, "prj_1", ["lead_1"], AGENT.id, NOW)
    with pytest.raises(NotFound):
        assign_lead(OUTSIDER, "lead_1", AGENT.id, NOW)
    with pytest.raises(NotFound):
        assign_lead(MANAGER, "lead_none", AGENT.id, NOW)
    with pytest.raises(NotFound):
        reassign_leads(OUTSIDER, "prj_1", ["lead_1"], AGENT.id, NOW)
    assert facts_of("lead_1").version == 1


def test_RET_14_a_lead_past_its_end_cannot_be_assigned() -> None:
    create_organisation()
    create_lead()
    create_lead("lead_test", test=True)
    place_legal_hold(MANAGER, "lead_1", "dispute", NOW + 20 * DAY, NOW)
    for lead_id, now, code in (
        ("lead_test", NOW, "test_lead"),
        ("lead_1", NOW + 10 * DAY, "legal_hold"),
        ("lead_1", NOW + 20 * DAY, "erased"),
    ):
        with pytest.raises(Conflict) as caught:
            assign_lead(MANAGER, lead_id, AGENT.id, now)
        assert caught.value.code == code


@pytest.mark.parametrize("taker", [AGENT.id, "usr_2"])
def test_WRK_11_a_retired_lead_returns_with_a_fresh_clock_and_its_history(taker: str) -> None:
    create_organisation(Policy())
    create_agent("usr_2")
    create_assigned_lead()
    create_activity()
    run_retirement(RETIRED)
    assert (own_leads(now=RETIRED), managed_leads("retired", now=RETIRED)) == ([], ["lead_1"])
    facts = assign_lead(MANAGER, "lead_1", taker, RETIRED + HOUR)
    assert (facts.agent_id, facts.last_activity_at, facts.retired_at) == (taker, RETIRED + HOUR, None)
    assert own_leads(actor=replace(AGENT, id=taker), now=RETIRED + HOUR) == ["lead_1"]
    assert managed_leads("retired", now=RETIRED + HOUR) == []
    assert history(now=RETIRED + HOUR) == [
        ("assigned", {"user_id": AGENT.id, "previous_user_id": None}),
        ("comment", {"text": "Called back."}),
        ("retired", {"previous_user_id": AGENT.id, "reason": "inactivity"}),
        ("reassigned", {"user_id": taker, "previous_user_id": AGENT.id}),
    ]
    run_retirement(RETIRED + HOUR + FORTNIGHT - 1)
    assert facts_of("lead_1", RETIRED).agent_id == taker
    run_retirement(RETIRED + HOUR + FORTNIGHT)
    assert facts_of("lead_1", RETIRED).retired_from == taker


def test_WRK_11_many_leads_are_assigned_independently() -> None:
    create_organisation(Policy())
    create_agent("usr_2")
    add_item(Project(id="prj_2", version=1, name="Other"))
    create_campaign("cmp_due", policy=Policy(1))
    create_assigned_lead("lead_1")
    create_assigned_lead("lead_2", "usr_2")
    create_lead("lead_3")
    create_lead("lead_test", RETIRED, test=True)
    create_lead("lead_due", campaign_id="cmp_due")
    run_retirement(RETIRED)
    finish_erasure("lead_due", "schedule", RETIRED)
    lead_ids = ["lead_1", "lead_none", "lead_2", "lead_due", "lead_test", "lead_3"]
    results = reassign_leads(MANAGER, "prj_1", lead_ids, "usr_2", RETIRED + 1)
    assert results == [
        BulkItemResult("lead_1"),
        BulkItemResult("lead_none", "not_found"),
        BulkItemResult("lead_2"),
        BulkItemResult("lead_due", "erased"),
        BulkItemResult("lead_test", "test_lead"),
        BulkItemResult("lead_3"),
    ]
    repeated = reassign_leads(MANAGER, "prj_1", lead_ids, "usr_2", RETIRED + 1)
    assert repeated == results
    assert [actions(item).count("reassigned") for item in ("lead_1", "lead_2", "lead_3")] == [1, 1, 0]
    assert actions("lead_3") == ["assigned"]


def test_WRK_11_a_lead_of_another_project_is_absent_for_members_of_both() -> None:
    create_organisation()
    create_lead()
    add_item(Project(id="prj_2", version=1, name="Other"))
    create_agent("usr_2", "prj_1", "prj_2")
    both = replace(MANAGER, project_ids=frozenset({"prj_1", "prj_2"}))
    assert reassign_leads(both, "prj_2", ["lead_1"], "usr_2", NOW) == [BulkItemResult("lead_1", "not_found")]
    assert facts_of("lead_1").agent_id is None


def test_WRK_11_an_unfit_assignee_is_refused_before_any_lead_moves() -> None:
    create_organisation()
    create_agent("usr_2", "prj_2")
    create_assigned_lead()
    with pytest.raises(Invalid):
        reassign_leads(MANAGER, "prj_1", ["lead_1"], "usr_2", NOW)
    assert facts_of("lead_1").agent_id == AGENT.id


def test_WRK_2_of_two_managers_the_later_write_sees_the_earlier() -> None:
    create_organisation()
    create_agent("usr_2")
    create_lead()
    other = replace(MANAGER, id="usr_manager_2")
    with fault(
        meanwhile(lambda: assign_lead(other, "lead_1", "usr_2", NOW)), on={"TransactWriteItems"}, when=step(1)
    ) as fired:
        assign_lead(MANAGER, "lead_1", AGENT.id, NOW)
    assert fired
    assert facts_of("lead_1").agent_id == AGENT.id
    assert [detail["previous_user_id"] for _, detail in history()] == [None, "usr_2"]
    assert sorted(actions()) == ["assigned", "reassigned"]


def test_WRK_2_a_just_disabled_user_gets_no_lead() -> None:
    create_organisation()
    create_lead()
    set_disabled(AGENT.id)
    with pytest.raises(Invalid):
        assign_lead(MANAGER, "lead_1", AGENT.id, NOW)
