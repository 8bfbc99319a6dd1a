"""Activities, stages and follow-ups (WRK-3, WRK-4, WRK-16)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.core.access import Permission
from chalicelib.core.errors import Conflict, Forbidden, Invalid, NotFound
from chalicelib.core.retention import Policy
from chalicelib.core.times import iso, local_day
from chalicelib.leads.domain.lead_retention import RetentionRequest
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.store import people
from chalicelib.leads.usecases.read_lead import read_lead
from chalicelib.leads.usecases.set_retention import set_retention
from chalicelib.privacy.usecases.finish_erasure import finish_erasure
from chalicelib.work.domain.activities import CallTag, Comment, LoggedCall, Recordable
from chalicelib.work.usecases.set_follow_up import set_follow_up
from chalicelib.work.usecases.set_outcome import set_outcome
from chalicelib.work.usecases.set_stage import set_stage
from tests.conftest import TABLES
from tests.factories.activities import rows_of
from tests.factories.leads import (
    AGENT,
    DAY,
    ENTERS_AT_ONCE,
    MANAGER,
    NOW,
    OUTSIDER,
    confirmed,
    create_lead,
    create_organisation,
    facts_of,
    read_access,
    stamps_of,
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
    own_leads,
    run_retirement,
)
from tests.harness.faults import fault, meanwhile, metered, step

pytestmark = pytest.mark.usefixtures("aws")

DUE = NOW + 10 * DAY

CALL = LoggedCall("outgoing", "answered")

SAID = "Prefers mornings, mentioned a divorce."


@pytest.fixture
def lead() -> None:
    """A lead of ten days that the agent has."""
    create_organisation(duplicates=ENTERS_AT_ONCE)
    create_assigned_lead()


@pytest.mark.parametrize(
    ("activity", "kind", "shown"),
    [
        (Comment("Called back."), "comment", {"text": "Called back."}),
        (CALL, "call", {"direction": "outgoing", "result": "answered"}),
        (
            LoggedCall("incoming", "voicemail", minutes=3, at=NOW + 60),
            "call",
            {"direction": "incoming", "result": "voicemail", "minutes": 3, "called_at": iso(NOW + 60)},
        ),
        (CallTag("interested"), "call_tag", {"tag": "interested"}),
    ],
)
def test_WRK_3_each_activity_resets_the_clock_and_is_logged_in_one_write(
    lead: None, activity: Recordable, kind: str, shown: dict[str, Any]
) -> None:
    with metered() as meter:
        facts = create_activity(activity, NOW + HOUR)
    assert meter.operations["TransactWriteItems"] == 1
    assert sum(meter.operations[item] for item in ("PutItem", "UpdateItem", "DeleteItem")) == 0
    assert (facts.last_activity_at, facts.version) == (NOW + HOUR, 3)
    assert facts == facts_of("lead_1")
    assert history()[1:] == [(kind, shown)]
    entry = changes()[-1]
    assert (entry.action, entry.actor_id, entry.at, entry.fields) == (kind, AGENT.id, NOW + HOUR, ())


def test_WRK_3_a_stage_change_is_an_activity_and_the_same_stage_is_not(lead: None) -> None:
    facts = set_stage(AGENT, "lead_1", "contacted", NOW + 60)
    assert (facts.stage, facts.last_activity_at) == ("contacted", NOW + 60)
    assert set_stage(AGENT, "lead_1", "contacted", NOW + HOUR) == facts == facts_of("lead_1")
    assert history()[1:] == [("stage", {"from": "new", "to": "contacted"})]
    assert actions() == ["assigned", "stage"]
    assert [(field.name, field.before, field.after) for field in changes()[-1].fields] == [
        ("stage", "new", "contacted")
    ]


def test_WRK_1_a_closing_stage_closes_the_lead_and_another_opens_it(lead: None) -> None:
    set_stage(AGENT, "lead_1", "closed", NOW + 1)
    assert (own_leads(now=NOW + 1), own_leads("closed", now=NOW + 1)) == ([], ["lead_1"])
    set_stage(AGENT, "lead_1", "proposal", NOW + 2)
    assert (own_leads(now=NOW + 2), own_leads("closed", now=NOW + 2)) == (["lead_1"], [])


def test_WRK_3_views_and_follow_ups_do_not_touch_the_clock(lead: None) -> None:
    today = local_day(NOW, "UTC")
    for number in range(100):
        read_lead(read_access(AGENT, request_id=f"req_{number}"), "lead_1", NOW + number)
        if number % 10 == 9:
            set_follow_up(AGENT, "lead_1", (today, None)[number % 20 == 19], NOW + number)
    facts = facts_of("lead_1")
    assert (facts.last_activity_at, facts.worklist_at, facts.version) == (NOW, NOW, 2 + 10)
    assert actions() == ["assigned", *["follow_up"] * 10]
    assert history()[1] == ("follow_up", {"on": today})


def test_WRK_4_an_activity_sets_the_next_follow_up_in_one_write(lead: None) -> None:
    facts = create_activity(CALL, NOW + 60, follow_up_on=local_day(NOW + DAY, "UTC"))
    assert (facts.last_activity_at, facts.follow_up_on) == (NOW + 60, local_day(NOW + DAY, "UTC"))
    assert actions() == ["assigned", "call"]
    assert history()[-1][1]["follow_up_on"] == local_day(NOW + DAY, "UTC")
    assert changes()[-1].fields[0].name == "follow_up_on"
    assert create_activity(CALL, NOW + 90).follow_up_on == local_day(NOW + DAY, "UTC")


def test_WRK_4_today_is_in_the_agent_s_own_zone(lead: None) -> None:
    zones = {zone: local_day(NOW, zone) for zone in ("Pacific/Kiritimati", "Pacific/Niue")}
    assert len(set(zones.values())) == 2
    early = zones["Pacific/Niue"]
    assert set_follow_up(replace(AGENT, zone="Pacific/Niue"), "lead_1", early, NOW).follow_up_on == early
    ahead = replace(AGENT, zone="Pacific/Kiritimati")
    with pytest.raises(Invalid) as recording:
        create_activity(CALL, actor=ahead, follow_up_on=early)
    with pytest.raises(Invalid) as setting:
        set_follow_up(ahead, "lead_1", early, NOW)
    named = [[field.field for field in caught.value.fields] for caught in (recording, setting)]
    assert named == [["follow_up_on"], ["on"]]
    assert actions() == ["assigned", "follow_up"]


@pytest.mark.parametrize(
    ("activity", "field"),
    [
        (CallTag("sold"), "tag"),
        (LoggedCall("outgoing", "busy", at=NOW + 61), "at"),
        (LoggedCall("outgoing", "busy", at=NOW - 1), "at"),
    ],
)
def test_WRK_3_an_invalid_value_is_refused_by_name(lead: None, activity: Recordable, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        create_activity(activity, NOW + 60)
    assert [item.field for item in caught.value.fields] == [field]
    assert facts_of("lead_1").version == 2


def test_WRK_3_the_text_of_a_comment_is_only_with_the_person(
    lead: None, capsys: pytest.CaptureFixture[str]
) -> None:
    create_activity(Comment(SAID), NOW + 60)
    assert history()[-1] == ("comment", {"text": SAID})
    assert SAID in rows_of("people").encode().decode("unicode_escape")
    for table in sorted({model.TABLE for model in TABLES} - {"people"}):
        assert "divorce" not in rows_of(table)
    output = capsys.readouterr()
    assert "divorce" not in output.out + output.err


def test_WRK_3_the_text_ends_with_the_person_to_the_second(lead: None) -> None:
    create_activity(Comment(SAID), NOW + 60)
    assert [kind for kind, _ in history(now=DUE - 1)] == ["assigned", "comment"]
    assert history(now=DUE - 1)[-1][1] == {"text": SAID}
    assert history(now=DUE) == [
        ("assigned", {"user_id": AGENT.id, "previous_user_id": None}),
        ("comment", {}),
    ]
    assert people.list_comments("lead_1", DUE) == {}
    finish_erasure("lead_1", "schedule", DUE)
    assert "divorce" not in rows_of("people")
    assert history(now=DUE)[-1] == ("comment", {})


def test_RET_10_a_comment_follows_the_end_of_the_lead(lead: None) -> None:
    create_activity(Comment(SAID), NOW + 60)
    create_activity(Comment("Again."), NOW + 61)
    assert set(stamps_of("lead_1").values()) == {DUE}
    confirmed(lambda token: set_retention(MANAGER, "lead_1", RetentionRequest(days=20), token, NOW + 62))
    assert len(stamps_of("lead_1")) == 1 + 2 + 2 + 1
    assert set(stamps_of("lead_1").values()) == {NOW + 20 * DAY}
    assert [detail.get("text") for kind, detail in history(now=DUE) if kind == "comment"] == [SAID, "Again."]


def test_WRK_3_a_comment_on_a_lead_without_an_end_has_none() -> None:
    create_organisation(Policy())
    create_assigned_lead()
    create_activity(Comment(SAID))
    assert set(stamps_of("lead_1").values()) == {None}


@pytest.mark.parametrize(
    "act",
    [
        lambda actor, now: create_activity(actor=actor, now=now),
        lambda actor, now: set_stage(actor, "lead_1", "contacted", now),
        lambda actor, now: set_follow_up(actor, "lead_1", None, now),
        lambda actor, now: set_outcome(actor, "lead_1", "lost", None, now),
    ],
)
def test_ACC_4_a_user_who_may_not_work_a_lead_changes_nothing(lead: None, act: Any) -> None:
    other = create_agent("usr_2")
    for actor in (other, OUTSIDER):
        with pytest.raises(NotFound):
            act(actor, NOW)
    for missing in (Permission.LEADS_WORK, Permission.LEADS_READ):
        with pytest.raises(Forbidden):
            act(replace(AGENT, permissions=AGENT.permissions - {missing}), NOW)
    with pytest.raises(Conflict) as caught:
        act(AGENT, DUE)
    assert caught.value.code == "erased"
    assert facts_of("lead_1").version == 2


def test_WRK_10_a_retired_lead_must_be_reassigned_first() -> None:
    create_organisation(Policy())
    create_assigned_lead()
    retired = NOW + FORTNIGHT
    run_retirement(retired)
    with pytest.raises(NotFound):
        create_activity(now=retired)
    acts: list[Callable[[], Facts]] = [
        lambda: create_activity(now=retired, actor=MANAGER),
        lambda: set_stage(MANAGER, "lead_1", "contacted", retired),
        lambda: set_outcome(MANAGER, "lead_1", "lost", None, retired),
        lambda: set_follow_up(MANAGER, "lead_1", None, retired),
    ]
    for act in acts:
        with pytest.raises(Conflict) as caught:
            act()
        assert caught.value.code == "retired"
    assert actions() == ["assigned", "retired"]


def test_WRK_8_concurrent_activities_are_both_kept(lead: None) -> None:
    other = meanwhile(lambda: set_stage(MANAGER, "lead_1", "contacted", NOW + 60))
    with fault(other, on={"TransactWriteItems"}, when=step(1)) as fired:
        facts = create_activity(Comment(SAID), NOW + 60)
    assert fired
    assert (facts.stage, facts.version) == ("contacted", 4)
    assert [kind for kind, _ in history()] == ["assigned", "stage", "comment"]
    assert len(people.list_comments("lead_1", NOW)) == 1


def test_WRK_16_within_one_second_the_history_keeps_its_order(lead: None) -> None:
    actions_done = []
    for number in range(24):
        if number % 3 == 0:
            create_activity(Comment(f"number {number}"))
            actions_done.append(("comment", f"number {number}"))
        elif number % 3 == 1:
            to = ("contacted", "proposal")[number % 2]
            set_stage(AGENT, "lead_1", to, NOW)
            actions_done.append(("stage", to))
        else:
            create_activity(CallTag("interested"))
            actions_done.append(("call_tag", "interested"))
    assert actions()[1:] == [kind for kind, _ in actions_done]
    shown_values = [
        (kind, detail.get("text") or detail.get("to") or detail.get("tag")) for kind, detail in history()
    ]
    assert shown_values[1:] == actions_done


def test_WRK_16_the_history_costs_two_queries_and_one_read_of_texts(lead: None) -> None:
    create_activity(Comment(SAID))
    create_activity(CALL)
    with metered() as meter:
        read_lead(read_access(), "lead_1", NOW)
    assert meter.operations["Query"] == 2
    assert meter.operations["BatchGetItem"] == 3


def test_WRK_6_new_values_of_a_project_work_at_once(lead: None) -> None:
    change_project_settings(stages=("new", "sold"), closing_stages=("sold",), call_tags=("warm",))
    assert set_stage(AGENT, "lead_1", "sold", NOW).closed
    assert create_activity(CallTag("warm")).version == 4
    with pytest.raises(Invalid):
        create_activity(CallTag("interested"))


def test_WRK_3_a_manager_may_comment_on_an_unassigned_lead() -> None:
    create_organisation()
    create_lead()
    facts = create_activity(actor=MANAGER, now=NOW + 60)
    assert (facts.agent_id, facts.worklist, facts.worklist_at) == (None, "unassigned#prj_1", NOW)
