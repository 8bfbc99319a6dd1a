"""The lists of agents and of managers (WRK-4, WRK-5, WRK-10, WRK-12)."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.aws.dynamodb import once
from chalicelib.campaigns.domain.campaign import Assignment, Campaign
from chalicelib.core.access import Actor, Permission, Role
from chalicelib.core.errors import Forbidden, Invalid, NotFound
from chalicelib.core.retention import Policy
from chalicelib.core.times import local_day
from chalicelib.leads.domain.leads import StoredLead
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain.entries import EntryKind
from chalicelib.organisation.domain.configuration import Project
from chalicelib.privacy.usecases.place_legal_hold import place_legal_hold
from chalicelib.work.usecases.assign_lead import assign_lead
from chalicelib.work.usecases.read_worklists import managed_worklist, own_worklist
from chalicelib.work.usecases.search_worklist import search_worklist
from chalicelib.work.usecases.set_follow_up import set_follow_up
from chalicelib.work.usecases.set_outcome import set_outcome
from tests.factories.leads import (
    AGENT,
    DAY,
    LEAD,
    MANAGER,
    NOW,
    OUTSIDER,
    create_campaign,
    create_lead,
    create_organisation,
    facts_of,
    read_access,
)
from tests.factories.work import (
    HOUR,
    change_project_settings,
    create_activity,
    create_agent,
    create_assigned_lead,
    managed_leads,
    own_leads,
    run_retirement,
)
from tests.harness.api import add_item
from tests.harness.faults import fault, meanwhile, metered, step

pytestmark = pytest.mark.usefixtures("aws")
_MOST_PAGES = 30
BOTH = replace(AGENT, id="usr_both", project_ids=frozenset({"prj_1", "prj_2"}))


def create_second_project(**values: Any) -> None:
    """Add another project with a campaign, and an agent and a manager of both."""
    add_item(Project(id="prj_2", version=1, name="Solar", **values))
    add_item(
        Campaign(
            id="cmp_2",
            version=1,
            name="Other",
            project_id="prj_2",
            lead_type_id="lt_1",
            source="site",
            assignment=Assignment(user_id=BOTH.id),
        )
    )
    create_agent(BOTH.id, "prj_1", "prj_2")


def pages_of(show: str, actor: Actor = AGENT, limit: int = 2, now: int = NOW) -> list[list[str]]:
    """Return the pages of an agent's list."""
    pages: list[list[str]] = []
    after = None
    while len(pages) < _MOST_PAGES:
        page = own_worklist(read_access(actor, "list"), show, limit, after, now)
        pages.append([lead.facts.lead_id for lead in page.items])
        after = page.next
        if after is None:
            return pages
    raise AssertionError("the list has no end")


def own_list(show: str = "all", now: int = NOW, actor: Actor = AGENT) -> Sequence[StoredLead]:
    return own_worklist(read_access(actor, "list"), show, 50, None, now).items


def test_WRK_5_open_leads_are_stalest_first_with_their_retirement() -> None:
    create_organisation(Policy())
    for number in (3, 1, 2):
        create_assigned_lead(f"lead_{number}", now=NOW + number)
    create_activity(now=NOW + 10, lead_id="lead_1")
    set_follow_up(AGENT, "lead_3", local_day(NOW, "UTC"), NOW + 11)
    create_assigned_lead("lead_closed")
    set_outcome(AGENT, "lead_closed", "lost", None, NOW)
    listed = own_list(now=NOW + 20)
    assert [(item.facts.lead_id, item.facts.last_activity_at, item.retires_at) for item in listed] == [
        ("lead_2", NOW + 2, NOW + 2 + 14 * DAY),
        ("lead_3", NOW + 3, NOW + 3 + 14 * DAY),
        ("lead_1", NOW + 10, NOW + 10 + 14 * DAY),
    ]
    assert listed[1].facts.follow_up_on == local_day(NOW, "UTC")
    assert all(item.person is None for item in listed)
    assert own_leads("closed", now=NOW + 20) == ["lead_closed"]


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 50])
def test_WRK_5_lists_of_several_projects_are_merged_completely(limit: int) -> None:
    create_organisation(Policy())
    create_second_project()
    expected = []
    for number in range(10):
        at, project = NOW + number // 4, number % 2
        lead_id = f"lead_{9 - number}"
        if project:
            create_lead(lead_id, at, "cmp_2")
        else:
            create_assigned_lead(lead_id, BOTH.id, at)
        expected.append(at)
    pages = pages_of("all", BOTH, limit, NOW + 100)
    seen = [lead_id for page in pages for lead_id in page]
    assert sorted(seen) == [f"lead_{number}" for number in range(10)]
    assert [facts_of(item).last_activity_at for item in seen] == expected
    assert all(len(page) == limit for page in pages[: 10 // limit])


def test_WRK_5_work_between_two_pages_hides_no_other_lead() -> None:
    create_organisation(Policy())
    for number in range(6):
        create_assigned_lead(f"lead_{number}", now=NOW + number // 3)
    first = own_worklist(read_access(AGENT, "list"), "all", 2, None, NOW + 5)
    for lead in first.items:
        create_activity(now=NOW + 4, lead_id=lead.facts.lead_id)
    rest = own_worklist(read_access(AGENT, "list"), "all", 50, first.next, NOW + 5)
    seen = {item.facts.lead_id for item in (*first.items, *rest.items)}
    assert seen == {f"lead_{number}" for number in range(6)}


def test_WRK_1_each_lead_of_the_index_is_read_again() -> None:
    create_organisation(Policy())
    create_agent("usr_2")
    create_assigned_lead("lead_1")
    create_assigned_lead("lead_2")
    taken = meanwhile(lambda: assign_lead(MANAGER, "lead_1", "usr_2", NOW))
    with fault(taken, on={"BatchGetItem"}, when=step(1)) as fired:
        assert own_leads() == ["lead_2"]
    assert fired


def test_RET_14_a_lead_past_its_end_is_not_listed() -> None:
    create_organisation(Policy())
    create_campaign("cmp_due", policy=Policy(1))
    for number in range(8):
        create_assigned_lead(
            f"lead_{number}", now=NOW + number, campaign_id="cmp_due" if number < 5 else "cmp_1"
        )
    due = NOW + DAY + 60
    assert pages_of("all", now=due)[:1] == [["lead_5", "lead_6"]]
    assert list(chain(*pages_of("all", now=due))) == ["lead_5", "lead_6", "lead_7"]
    assert managed_leads("unassigned", now=due) == []


def test_RET_19_a_lead_kept_only_by_a_legal_hold_is_not_listed() -> None:
    create_organisation(Policy(1))
    create_assigned_lead()
    create_lead("lead_2")
    for lead_id in ("lead_1", "lead_2"):
        place_legal_hold(MANAGER, lead_id, "dispute", NOW + 20 * DAY, NOW)
    assert (own_leads(), managed_leads("unassigned")) == (["lead_1"], ["lead_2"])
    assert (own_leads(now=NOW + DAY), managed_leads("unassigned", now=NOW + DAY)) == ([], [])


def test_WRK_4_follow_ups_are_up_to_today_in_the_agent_s_zone() -> None:
    create_organisation(Policy())
    days = {
        "lead_tomorrow": NOW + DAY, "lead_today": NOW, "lead_today_2": NOW,
        "lead_late": NOW - 2 * DAY, "lead_later": NOW - DAY,
    }  # fmt: skip
    for lead_id, at in days.items():
        create_assigned_lead(lead_id, now=NOW - 3 * DAY)
        set_follow_up(AGENT, lead_id, local_day(at, "UTC"), NOW - 3 * DAY)
    create_assigned_lead("lead_none")
    expected = ["lead_late", "lead_later", "lead_today", "lead_today_2"]
    assert own_leads("follow_ups") == expected
    assert pages_of("follow_ups") == [expected[:2], expected[2:]]
    assert pages_of("follow_ups", limit=1) == [[item] for item in expected]
    ahead, behind = replace(AGENT, zone="Pacific/Kiritimati"), replace(AGENT, zone="Pacific/Niue")
    late = NOW + 11 * HOUR
    assert local_day(late, ahead.zone) > local_day(late, "UTC") > local_day(NOW, behind.zone)
    assert own_leads("follow_ups", ahead, late) == [*expected, "lead_tomorrow"]
    assert own_leads("follow_ups", behind, NOW) == expected[:2]


def test_WRK_4_a_closed_lead_has_no_follow_up() -> None:
    create_organisation(Policy())
    create_assigned_lead()
    set_follow_up(AGENT, "lead_1", local_day(NOW, "UTC"), NOW)
    assert own_leads("follow_ups") == ["lead_1"]
    set_outcome(AGENT, "lead_1", "lost", None, NOW)
    assert own_leads("follow_ups") == []


@pytest.mark.parametrize(
    ("settings", "from_s", "until_s"),
    [
        ({"inactivity": "P8D"}, 6 * DAY, 8 * DAY),
        ({"inactivity": "P8D", "warning": "PT1H"}, 8 * DAY - HOUR, 8 * DAY),
        ({"inactivity": "PT1M"}, 45, 60),
    ],
)
def test_WRK_12_at_risk_is_from_the_warning_until_the_sweep(
    settings: dict[str, Any], from_s: int, until_s: int
) -> None:
    create_organisation(Policy())
    change_project_settings(**settings)
    create_assigned_lead()
    for after_s, expected in (
        (from_s - 1, []),
        (from_s, ["lead_1"]),
        (until_s - 1, ["lead_1"]),
        (until_s, ["lead_1"]),
        (until_s + 3 * DAY, ["lead_1"]),
    ):
        assert own_leads("at_risk", now=NOW + after_s) == expected
        assert managed_leads("at_risk", now=NOW + after_s) == expected
    run_retirement(NOW + until_s)
    assert (own_leads("at_risk", now=NOW + until_s), managed_leads("at_risk", now=NOW + until_s)) == ([], [])


def test_WRK_12_at_risk_is_soonest_first_over_projects() -> None:
    create_organisation(Policy())
    create_second_project(inactivity="P2D", warning="P1D")
    change_project_settings(inactivity="P8D", warning="P4D")
    for number, at in enumerate((NOW, NOW + 20 * HOUR, NOW + 40 * HOUR)):
        create_assigned_lead(f"lead_long_{number}", BOTH.id, at)
    for number, at in enumerate((NOW + 150 * HOUR, NOW + 160 * HOUR)):
        create_lead(f"lead_short_{number}", at, "cmp_2")
    now = NOW + 185 * HOUR
    assert own_leads("at_risk", BOTH, now) == [
        "lead_long_0", "lead_short_0", "lead_short_1", "lead_long_1", "lead_long_2",
    ]  # fmt: skip
    assert list(chain(*pages_of("at_risk", BOTH, 2, now))) == own_leads("at_risk", BOTH, now)
    ends = [item.retires_at for item in own_list("at_risk", now, BOTH)]
    assert ends == sorted(ends, key=lambda at: at or 0)
    assert own_leads("all", BOTH, now)[0] == "lead_long_0"


@pytest.mark.parametrize("limit", [1, 2, 3, 50])
def test_WRK_12_a_lead_under_a_hold_is_at_its_retirement_time(limit: int) -> None:
    create_organisation(Policy())
    change_project_settings(inactivity="P4D")
    for number, lead_id in enumerate(("lead_overdue", "lead_held", "lead_later", "lead_soon", "lead_last")):
        create_assigned_lead(lead_id, now=NOW + number * HOUR)
    now = NOW + 4 * DAY + 60
    place_legal_hold(MANAGER, "lead_held", "dispute", now + 150 * 60, NOW + 3 * DAY)
    place_legal_hold(MANAGER, "lead_later", "dispute", now + 21 * HOUR, NOW + 3 * DAY)
    expected = ["lead_overdue", "lead_held", "lead_soon", "lead_last", "lead_later"]
    assert list(chain(*pages_of("at_risk", limit=limit, now=now))) == expected
    assert managed_leads("at_risk", now=now) == expected
    ends = [item.retires_at or 0 for item in own_list("at_risk", now)]
    assert ends == sorted(ends)


def test_WRK_12_leads_at_risk_are_read_in_hundreds() -> None:
    create_organisation(Policy())
    change_project_settings(inactivity="P4D")
    create_agent("usr_2")
    for number in range(6):
        create_assigned_lead(f"lead_{number}", (AGENT.id, "usr_2")[number % 2])
    with metered() as meter:
        managed_leads("at_risk", now=NOW + 4 * DAY)
    assert meter.operations["BatchGetItem"] == 1


def test_WRK_12_a_manager_sees_leads_at_risk_of_every_agent() -> None:
    create_organisation(Policy())
    create_agent("usr_2")
    change_project_settings(inactivity="P4D")
    create_assigned_lead("lead_1", AGENT.id, NOW + 60)
    create_assigned_lead("lead_2", "usr_2", NOW)
    create_assigned_lead("lead_held", "usr_2", NOW)
    place_legal_hold(MANAGER, "lead_held", "dispute", NOW + 40 * DAY, NOW)
    create_assigned_lead("lead_fresh", "usr_2", NOW + 3 * DAY)
    assert managed_leads("at_risk", now=NOW + 3 * DAY + 60) == ["lead_2", "lead_1"]
    assert own_leads("at_risk", now=NOW + 3 * DAY + 60) == ["lead_1"]
    change_project_settings(inactivity=None)
    assert managed_leads("at_risk", now=NOW + 3 * DAY + 60) == []


def test_WRK_10_managers_see_the_longest_waiting_first() -> None:
    create_organisation(Policy())
    for number in (2, 1, 3):
        create_lead(f"lead_new_{number}", NOW + number)
    create_assigned_lead("lead_back", now=NOW)
    assign_lead(MANAGER, "lead_back", None, NOW + 10)
    change_project_settings(inactivity="P1D")
    create_assigned_lead("lead_r1", now=NOW + 60)
    create_assigned_lead("lead_r2", now=NOW)
    run_retirement(NOW + DAY)
    run_retirement(NOW + DAY + 60)
    late = NOW + 2 * DAY
    assert managed_leads("unassigned", now=late) == ["lead_new_1", "lead_new_2", "lead_new_3", "lead_back"]
    assert managed_leads("retired", now=late) == ["lead_r2", "lead_r1"]


@pytest.mark.parametrize("show", ["retired", "unassigned", "at_risk"])
def test_WRK_10_only_managers_of_the_project_see_its_lists(show: str) -> None:
    create_organisation(Policy())
    create_lead()
    with pytest.raises(Forbidden):
        managed_leads(show, AGENT)
    with pytest.raises(Forbidden):
        managed_leads(show, replace(MANAGER, permissions=frozenset(Permission) - {Permission.LEADS_ASSIGN}))
    with pytest.raises(NotFound):
        managed_leads(show, OUTSIDER)
    with pytest.raises(NotFound):
        managed_leads(show, replace(MANAGER, role=Role.ADMIN), project_id="prj_none")


def test_ACC_3_without_leads_read_or_the_project_nothing_is_listed() -> None:
    create_organisation(Policy())
    create_assigned_lead()
    with pytest.raises(Forbidden):
        own_leads(actor=replace(AGENT, permissions=frozenset({Permission.LEADS_WORK})))
    assert own_leads(actor=replace(AGENT, project_ids=frozenset({"prj_2"}))) == []


def accesses(lead_id: str) -> list[tuple[str, str | None]]:
    entries = ledger.list_subject(f"lead/{lead_id}", NOW)
    return [(entry.actor_id, entry.through) for entry in entries if entry.kind is EntryKind.ACCESS]


def test_PRI_30_a_list_with_persons_logs_each_access() -> None:
    create_organisation(Policy())
    create_assigned_lead("lead_1")
    create_lead("lead_2")
    for show in ("all", "follow_ups", "at_risk", "closed"):
        own_leads(show)
    managed_leads("unassigned")
    assert accesses("lead_1") == accesses("lead_2") == []
    (own,) = own_worklist(read_access(AGENT, "list"), "all", 50, None, NOW, persons=True).items
    (free,) = managed_worklist(
        read_access(MANAGER, "list"), "prj_1", "unassigned", 50, None, NOW, persons=True
    ).items
    assert own.person is not None
    assert free.person is not None
    assert (own.person.fields["first_name"], free.person.fields["first_name"]) == ("Ada", "Ada")
    assert accesses("lead_1") == [(AGENT.id, "list")]
    assert accesses("lead_2") == [(MANAGER.id, "list")]


def searched(actor: Actor, contact: str = LEAD["phone"], kind: str = "phone") -> list[str]:
    page = search_worklist(
        read_access(actor, "search", clock.new_id("req")), kind, contact, 50, None, NOW + 100
    )
    assert all(lead.person is not None for lead in page.items)
    return [lead.facts.lead_id for lead in page.items]


def test_ACC_3_a_search_by_contact_is_newest_first_and_logged() -> None:
    create_organisation(Policy())
    create_agent("usr_2")
    create_assigned_lead("lead_1", now=NOW)
    create_assigned_lead("lead_2", "usr_2", NOW + 1)
    create_lead("lead_3", NOW + 2)
    create_assigned_lead("lead_4", now=NOW + 3)
    create_lead("lead_5", NOW + 4, phone="202-555-0148", email="eve@example.com")
    assert searched(AGENT) == ["lead_4", "lead_1"]
    assert searched(MANAGER) == ["lead_4", "lead_3", "lead_2", "lead_1"]
    assert searched(AGENT, "ada@example.com", "email") == ["lead_4", "lead_1"]
    assert searched(AGENT, "202-555-0148") == []
    assert searched(OUTSIDER) == []
    assert set(accesses("lead_1")) == {(AGENT.id, "search"), (MANAGER.id, "search")}
    assert accesses("lead_2") == [(MANAGER.id, "search")]
    assert accesses("lead_5") == []
    first = search_worklist(read_access(AGENT, "search"), "phone", LEAD["phone"], 1, None, NOW + 100)
    assert [(item.facts.lead_id, item.retires_at) for item in first.items] == [("lead_4", NOW + 3 + 14 * DAY)]
    rest = search_worklist(read_access(AGENT, "search"), "phone", LEAD["phone"], 5, first.next, NOW + 100)
    assert ([item.facts.lead_id for item in rest.items], rest.next) == (["lead_1"], None)
    with pytest.raises(Invalid):
        searched(AGENT, "letters")
    with pytest.raises(Forbidden):
        searched(replace(AGENT, permissions=frozenset()))


def test_WRK_9_a_page_costs_what_it_shows() -> None:
    create_organisation(Policy())
    for number in range(30):
        create_assigned_lead(f"lead_{number:02d}", now=NOW + number)
    with metered() as meter, once.request():
        page = own_worklist(read_access(AGENT, "list"), "all", 5, None, NOW + 100)
    assert len(page.items) == 5
    assert (meter.operations["BatchGetItem"], meter.operations["Query"]) == (1, 3)
