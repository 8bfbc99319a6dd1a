"""One request for one conversation: call, tags, comment, stage, outcome and follow-up (WRK-3, USE-U12)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.core.errors import Conflict, Invalid
from chalicelib.core.times import local_day
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.store import activities, people
from chalicelib.work.domain.activities import CallTag, Comment, Conversation, LoggedCall, single
from chalicelib.work.usecases.set_follow_up import set_follow_up
from chalicelib.work.usecases.set_outcome import set_outcome
from chalicelib.work.usecases.set_stage import set_stage
from tests.factories.leads import AGENT, DAY, MANAGER, NOW, create_lead, create_organisation, facts_of
from tests.factories.work import (
    HOUR,
    actions,
    change_project_settings,
    changes,
    create_activity,
    create_assigned_lead,
    history,
    own_leads,
)
from tests.harness.faults import metered

pytestmark = pytest.mark.usefixtures("aws")
LATER, DAY_AFTER = NOW + HOUR, local_day(NOW + DAY, "UTC")
CALL = LoggedCall("outgoing", "answered", minutes=4, at=NOW + 60)
TAGS = (CallTag("interested"), CallTag("call_back"))
SAID = Comment("Wants an offer.")
ALL = Conversation(CALL, TAGS, SAID, "contacted", "lost")


@pytest.fixture(autouse=True)
def _leads(aws: None) -> None:
    """Two equal leads that the agent has."""
    create_organisation()
    create_assigned_lead("lead_1")
    create_assigned_lead("lead_2")


def record_apart(conversation: Conversation, lead_id: str, now: int) -> Facts:
    """Record the conversation as separate requests, in the order of the history."""
    for activity in conversation.activities:
        create_activity(activity, now, lead_id=lead_id)
    if conversation.stage is not None:
        set_stage(AGENT, lead_id, conversation.stage, now)
    if conversation.outcome is not None:
        set_outcome(AGENT, lead_id, conversation.outcome, None, now)
    if conversation.follow_up_on is not None:
        set_follow_up(AGENT, lead_id, conversation.follow_up_on, now)
    return facts_of(lead_id, now)


def comparable(facts: Facts) -> Facts:
    """Return facts without what two leads never share: ids, digest, version."""
    return replace(facts, lead_id="", digest=None, version=0)


def recorded(lead_id: str) -> list[Any]:
    """Return history and ledger of a lead, with every detail."""
    entries = [
        (entry.action, entry.actor_id, entry.at, entry.fields, entry.detail) for entry in changes(lead_id)
    ]
    return [history(lead_id, LATER), entries]


@pytest.mark.parametrize(
    "conversation",
    [
        ALL,
        Conversation(CALL, TAGS, SAID, "contacted", follow_up_on=DAY_AFTER),
        Conversation(CALL, TAGS),
        Conversation(comment=SAID, stage="closed"),
        Conversation(stage="contacted", follow_up_on=DAY_AFTER),
        Conversation(tags=TAGS, stage="new"),
        Conversation(CALL, outcome="lost"),
        Conversation(stage="closed", outcome="won"),
        Conversation(follow_up_on=DAY_AFTER),
        Conversation(comment=SAID),
    ],
)
def test_USE_U12_one_request_records_what_separate_ones_do(conversation: Conversation) -> None:
    apart = record_apart(conversation, "lead_2", LATER)
    together = create_activity(conversation, LATER, lead_id="lead_1")
    assert together == facts_of("lead_1", LATER)
    assert comparable(together) == comparable(apart)
    assert recorded("lead_1") == recorded("lead_2")
    assert together.version == 3, "one write, however many conversation"


def test_USE_U12_all_steps_are_one_transaction() -> None:
    with metered() as meter:
        create_activity(ALL, LATER)
    assert meter.operations["TransactWriteItems"] == 1
    assert sum(meter.operations[item] for item in ("PutItem", "UpdateItem", "DeleteItem")) == 0
    assert actions() == ["assigned", "call", "call_tag", "call_tag", "comment", "stage", "outcome"]
    assert len({entry.id for entry in changes()}) == 7


def test_USE_U12_the_history_keeps_the_order_of_the_steps() -> None:
    create_activity(ALL, LATER)
    create_activity(replace(ALL, stage="proposal", outcome="won"), LATER)
    kinds = ["call", "call_tag", "call_tag", "comment", "stage", "outcome"]
    assert [kind for kind, _ in history(now=LATER)[1:]] == kinds * 2
    assert [entry.kind for entry in activities.list_all("lead_1", LATER)] == ["assigned", *kinds * 2]
    shown = [detail["tag"] for kind, detail in history(now=LATER) if kind == "call_tag"]
    assert shown == ["interested", "call_back"] * 2
    assert [detail for kind, detail in history(now=LATER) if kind == "comment"] == [{"text": SAID.text}] * 2


def test_USE_U12_a_follow_up_with_one_activity_is_in_its_entry_as_before() -> None:
    create_activity(Conversation(CALL, follow_up_on=DAY_AFTER), LATER, lead_id="lead_1")
    create_activity(CALL, LATER, lead_id="lead_2", follow_up_on=DAY_AFTER)
    assert recorded("lead_1") == recorded("lead_2")
    assert history(now=LATER)[-1][1]["follow_up_on"] == DAY_AFTER


def test_USE_U12_a_step_that_changes_nothing_is_not_recorded() -> None:
    create_activity(Conversation(stage="contacted", follow_up_on=DAY_AFTER), NOW + 1)
    create_activity(Conversation(CALL, stage="contacted", follow_up_on=DAY_AFTER), LATER)
    assert actions() == ["assigned", "stage", "follow_up", "call"]
    before = facts_of("lead_1")
    assert create_activity(Conversation(stage="contacted", follow_up_on=DAY_AFTER), LATER + 1) == before
    assert facts_of("lead_1") == before


def test_USE_U12_a_follow_up_alone_leaves_the_clock() -> None:
    facts = create_activity(Conversation(follow_up_on=DAY_AFTER), LATER)
    assert (facts.last_activity_at, facts.follow_up_on) == (NOW, DAY_AFTER)


@pytest.mark.parametrize(
    ("conversation", "fields"),
    [
        (
            Conversation(
                replace(CALL, at=NOW - 1),
                (CallTag("sold"), CallTag("interested"), CallTag("hot")),
                Comment("x" * 10_000),
                "sold",
                "sold",
                "2020-01-01",
            ),
            ["call.at", "tags.0", "tags.2", "comment", "stage", "outcome", "follow_up_on"],
        ),
        (Conversation(replace(CALL, at=LATER + 1), stage="sold"), ["call.at", "stage"]),
        (Conversation(tags=(CallTag("hot"),), comment=SAID), ["tags.0"]),
        (Conversation(CALL, outcome="sold", follow_up_on="2020-01-01"), ["outcome", "follow_up_on"]),
        (Conversation(stage="closed", outcome="sold", follow_up_on=DAY_AFTER), ["outcome"]),
        (single(CallTag("hot"), "2020-01-01"), ["tag", "follow_up_on"]),
        (single(replace(CALL, at=NOW - 1), "2020-01-01"), ["at", "follow_up_on"]),
    ],
)
def test_USE_U12_the_errors_of_all_steps_are_in_one_answer(
    conversation: Conversation, fields: list[str]
) -> None:
    for _ in range(29 if len(fields) == 7 else 0):
        create_activity(Comment("x" * 10_000))
    version = facts_of("lead_1").version
    before = recorded("lead_1")
    with pytest.raises(Invalid) as caught:
        create_activity(replace(conversation, comment=conversation.comment and Comment("é" * 10_000)), LATER)
    assert [error.field for error in caught.value.fields] == fields
    assert (facts_of("lead_1").version, recorded("lead_1")) == (version, before)


@pytest.mark.parametrize(
    "closing",
    [Conversation(stage="closed"), Conversation(outcome="lost"), Conversation(stage="closed", outcome="won")],
)
def test_WRK_4_a_lead_that_the_request_closes_takes_no_follow_up(closing: Conversation) -> None:
    with pytest.raises(Conflict) as caught:
        create_activity(replace(closing, call=CALL, comment=SAID, follow_up_on=DAY_AFTER), LATER)
    assert caught.value.code == "closed"
    assert (actions(), people.list_comments("lead_1", LATER)) == (["assigned"], {})


def test_WRK_4_a_lead_that_the_request_opens_takes_one() -> None:
    set_stage(AGENT, "lead_1", "closed", NOW)
    facts = create_activity(Conversation(CALL, stage="proposal", follow_up_on=DAY_AFTER), LATER)
    assert (facts.closed, facts.follow_up_on) == (False, DAY_AFTER)
    assert own_leads(now=LATER) == ["lead_2", "lead_1"]


def test_WRK_1_closing_steps_move_the_lead_and_end_its_follow_up() -> None:
    set_follow_up(AGENT, "lead_1", DAY_AFTER, NOW)
    facts = create_activity(replace(ALL, stage="closed", outcome=None), LATER)
    assert (facts.follow_up_on, facts.last_activity_at) == (None, LATER)
    assert own_leads("closed", now=LATER) == ["lead_1"]


REFUSED: list[tuple[str, Callable[[], object]]] = [
    ("erased", lambda: create_activity(ALL, NOW + 10 * DAY)),
    ("closed", lambda: create_activity(replace(ALL, follow_up_on=local_day(NOW + 2 * DAY, "UTC")), LATER)),
]


@pytest.mark.parametrize(("code", "act"), REFUSED)
def test_WRK_3_a_lead_that_cannot_be_worked_takes_no_part(code: str, act: Callable[[], object]) -> None:
    with pytest.raises(Conflict) as caught:
        act()
    assert caught.value.code == code
    assert facts_of("lead_1").version == 2


def test_WRK_1_the_first_step_corrects_the_list_as_before() -> None:
    set_stage(AGENT, "lead_1", "proposal", NOW)
    set_stage(AGENT, "lead_2", "proposal", NOW)
    change_project_settings(closing_stages=("closed", "proposal"))
    conversation = Conversation(CALL, TAGS, stage="proposal")
    apart, together = record_apart(conversation, "lead_2", LATER), create_activity(conversation, LATER)
    assert (together.closed, comparable(together)) == (True, comparable(apart))
    assert recorded("lead_1") == recorded("lead_2")


def test_WRK_3_a_manager_records_steps_on_an_unassigned_lead() -> None:
    create_lead("lead_3")
    facts = create_activity(replace(ALL, outcome=None), LATER, actor=MANAGER, lead_id="lead_3")
    assert (facts.worklist, facts.stage) == ("unassigned#prj_1", "contacted")
