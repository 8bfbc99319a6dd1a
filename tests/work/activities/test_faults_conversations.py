"""One request with several activities: raced, interrupted, sent again, confirmed (USE-U12, WRK-3, RET-12)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

import pytest

from chalicelib.aws import secrets
from chalicelib.aws.dynamodb import batch
from chalicelib.blocks.store import blocks
from chalicelib.core.access import Actor
from chalicelib.core.confirmations import Confirmation
from chalicelib.core.errors import ConfirmationRequired, Invalid
from chalicelib.core.identifiers import content_digest
from chalicelib.core.retention import DeadlineOrigin, Policy
from chalicelib.core.times import iso, local_day
from chalicelib.leads.domain.lead_retention import RetentionRequest
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.store import leads, people
from chalicelib.leads.usecases.set_retention import set_retention
from chalicelib.ledger.domain.entries import entry_id
from chalicelib.organisation.domain.configuration import OutcomeRule
from chalicelib.work.domain.activities import CallTag, Comment, Conversation, LoggedCall, single
from chalicelib.work.usecases.set_stage import set_stage
from tests.factories.leads import (
    AGENT,
    DAY,
    MANAGER,
    NOW,
    confirmation_of,
    confirmed,
    create_comments,
    create_organisation,
    facts_of,
    stamps_of,
)
from tests.factories.work import (
    HOUR,
    actions,
    change_project_settings,
    changes,
    create_activity,
    create_assigned_lead,
    history,
)
from tests.harness.faults import (
    WRITES,
    Crash,
    Fault,
    always,
    conflicting,
    dying,
    dying_after,
    fault,
    first,
    lost,
    meanwhile,
    step,
    throttled,
)

TRANSACTION = {"TransactWriteItems"}
LATER = NOW + 3 * DAY
WON, BASE = LATER + 60 * DAY, NOW + 10 * DAY
SAID = Comment("Wants an offer.")
TALK = Conversation(
    LoggedCall("outgoing", "answered"),
    (CallTag("interested"), CallTag("call_back")),
    SAID,
    "contacted",
    follow_up_on=local_day(LATER + DAY, "UTC"),
)
CLOSING = replace(TALK, outcome="won", follow_up_on=None)
ALL = ["call", "call_tag", "call_tag", "comment", "stage", "follow_up"]
CLOSED = [*ALL[:-1], "outcome"]


@pytest.fixture(autouse=True)
def _lead(aws: None) -> None:
    """An agent's lead of ten days, in a project where won leads end 60 days after their outcome."""
    create_organisation(Policy(10))
    change_project_settings(outcomes=(OutcomeRule("won", 60), OutcomeRule("lost")))
    create_assigned_lead()


def record(
    now: int = LATER, conversation: Conversation = TALK, key: str | None = "k-1", actor: Actor = AGENT
) -> Facts:
    return create_activity(conversation, now, actor, key=key)


def close(
    token: Confirmation | None, now: int = LATER, conversation: Conversation = CLOSING, key: str | None = None
) -> Facts:
    return create_activity(conversation, now, confirmation=token, key=key)


def done() -> list[str]:
    """Return what was recorded after the assignment, where history and ledger agree."""
    kinds = [kind for kind, _ in history(now=LATER)][1:]
    assert actions()[1:] == kinds
    assert len(people.list_comments("lead_1", LATER)) == kinds.count("comment")
    return kinds


# all or nothing


@pytest.mark.parametrize("death", [dying, dying_after])
def test_USE_U12_a_crash_leaves_all_steps_or_none_and_a_repeat_completes(death: Fault) -> None:
    with fault(death, on=WRITES, when=step(1)) as fired, suppress(Crash):
        record()
    assert fired
    assert done() == ([] if death is dying else ALL)
    record(LATER + 5)
    assert done() == ALL


@pytest.mark.parametrize("trouble", [throttled, conflicting, lost])
def test_USE_U12_a_fault_of_the_store_records_each_step_once(trouble: Fault) -> None:
    with fault(trouble, on=TRANSACTION, when=first(2)) as fired:
        facts = record()
    assert len(fired) == 2
    assert (facts.version, facts) == (3, facts_of("lead_1"))
    assert done() == ALL


def test_USE_U12_an_answer_lost_beyond_the_retries_is_repeated_with_the_key() -> None:
    with fault(lost, on=TRANSACTION, when=always), suppress(Exception):
        record()
    assert record(LATER + HOUR) == facts_of("lead_1")
    assert done() == ALL


def test_USE_U12_without_a_key_such_a_repeat_records_twice() -> None:
    with fault(lost, on=TRANSACTION, when=always), suppress(Exception):
        record(key=None)
    record(LATER + HOUR, key=None)
    assert done() == [*ALL, *ALL[:4]], "stage and follow-up were the same"


# races


@pytest.mark.parametrize(
    ("other", "kinds"),
    [
        (lambda: set_stage(MANAGER, "lead_1", "proposal", LATER), ["stage", *ALL]),
        (lambda: create_activity(SAID, LATER, actor=MANAGER), ["comment", *ALL]),
        (lambda: record(key="k-1", actor=MANAGER), [*ALL, *ALL[:4]]),
    ],
)
def test_WRK_8_what_happens_meanwhile_and_all_steps_are_kept(
    other: Callable[[], object], kinds: list[str]
) -> None:
    with fault(meanwhile(other), on=TRANSACTION, when=step(1)) as fired:
        facts = record()
    assert fired
    assert (facts.stage, facts.version) == ("contacted", 4)
    assert done() == kinds


@pytest.mark.parametrize(
    ("conversation", "kinds"),
    [(TALK, ALL), (replace(TALK, stage=None), [*ALL[:4], "follow_up"]), (single(SAID), ["comment"])],
)
def test_USE_U12_the_same_request_twice_at_once_is_recorded_once(
    conversation: Conversation, kinds: list[str]
) -> None:
    with fault(meanwhile(lambda: record(conversation=conversation)), on=TRANSACTION, when=step(1)) as fired:
        facts = record(LATER + 1, conversation)
    assert fired
    assert (facts.version, facts.last_activity_at) == (3, LATER)
    assert done() == kinds


def test_USE_U12_ten_equal_requests_at_once_are_recorded_once() -> None:
    with ThreadPoolExecutor(10) as pool:
        versions = {facts.version for facts in pool.map(lambda number: record(LATER + number), range(10))}
    assert versions == {3}
    assert done() == ALL


def test_WRK_8_without_the_condition_a_step_would_be_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    guarded = leads.update

    def unguarded(before: Facts, after: Facts, now: int) -> batch.Update:
        return replace(guarded(before, after, now), condition=None)

    monkeypatch.setattr(leads, "update", unguarded)
    other = meanwhile(lambda: set_stage(MANAGER, "lead_1", "proposal", LATER))
    with fault(other, on=TRANSACTION, when=step(1)):
        facts = record()
    assert (facts.version, facts_of("lead_1").version) == (3, 3), "two changes, and one version"


# keys


@pytest.mark.parametrize(
    "conversation",
    [
        replace(TALK, call=LoggedCall("outgoing", "busy")),
        replace(TALK, tags=TALK.tags[::-1]),
        replace(TALK, tags=TALK.tags[:1]),
        replace(TALK, comment=Comment("Else.")),
        replace(TALK, comment=None),
        replace(TALK, stage="proposal"),
        replace(TALK, stage=None),
        replace(TALK, outcome="lost", follow_up_on=None),
        replace(TALK, follow_up_on=local_day(LATER + 2 * DAY, "UTC")),
        single(SAID),
    ],
)
def test_USE_U12_other_steps_under_the_same_key_are_refused(conversation: Conversation) -> None:
    record()
    with pytest.raises(Invalid) as caught:
        record(conversation=conversation)
    assert caught.value.code == "key_reused"
    assert done() == ALL


def test_USE_U12_both_forms_of_the_same_activity_are_the_same_content() -> None:
    first_form = record(conversation=single(SAID))
    assert record(LATER + 60, Conversation(comment=SAID)) == first_form
    assert done() == ["comment"]


def test_WRK_3_a_key_stored_by_an_earlier_version_is_recognised() -> None:
    content = {"activity": "Comment(text='Wants an offer.', kind='comment')", "follow_up_on": None}
    stored = entry_id("activity", AGENT.id, "lead_1", "k-1") + content_digest(secrets.identity_key(), content)
    assert record(conversation=single(SAID)).activity_mark == stored


# an outcome that moves the deadline


def test_RET_12_steps_with_such_an_outcome_are_confirmed_first_and_recorded_once() -> None:
    with pytest.raises(ConfirmationRequired) as caught:
        close(None)
    assert caught.value.effect.numbers["due_at"] == iso(WON)
    assert (done(), set(stamps_of("lead_1").values())) == ([], {BASE})
    facts = confirmed(close)
    assert facts == facts_of("lead_1", LATER)
    assert (facts.erase_at, facts.retention.origin) == (WON, DeadlineOrigin.OUTCOME)
    assert set(stamps_of("lead_1").values()) == {WON}, "the new comment ends with the lead"
    assert done() == CLOSED
    assert history(now=LATER)[-1] == ("outcome", {"from": None, "to": "won", "due_at": iso(WON)})


def test_PRI_29_only_the_entry_of_the_outcome_has_the_effect() -> None:
    confirmed(close)
    effects = {entry.action: entry.detail for entry in changes()[1:]}
    assert [action for action, detail in effects.items() if detail] == ["outcome"]
    assert iso(WON) in (effects["outcome"] or {})["effect"]
    moved = [
        entry.action for entry in changes() for field in entry.fields if field.name == "retention.due_at"
    ]
    assert moved == ["outcome"]


@pytest.mark.parametrize("key", [None, "k-1"])
def test_RET_12_the_confirmed_request_repeated_records_nothing_twice(key: str | None) -> None:
    token = confirmation_of(lambda given: close(given, key=key))
    first_answer = close(token, key=key)
    assert close(token, LATER + 60, key=key) == first_answer
    with pytest.raises(Invalid) as caught:
        close(token, LATER + 60, replace(CLOSING, comment=Comment("Else.")), key=key)
    assert caught.value.code == "key_reused"
    assert done() == CLOSED


@pytest.mark.parametrize("death", [dying, dying_after])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_RET_14_a_crash_while_the_deadline_moves_ends_in_one_record(death: Fault, number: int) -> None:
    create_comments("lead_1", 110)
    token = confirmation_of(close)
    with fault(death, on=WRITES, when=step(number)), suppress(Crash):
        close(token)
    end = facts_of("lead_1", LATER).erase_at
    assert end in (BASE, WON)
    assert all(stamp is not None and stamp >= end for stamp in stamps_of("lead_1").values() if end)
    facts = close(token) if facts_of("lead_1", LATER).outcome else confirmed(close)
    assert facts.erase_at == WON
    assert actions()[1:] == CLOSED


def test_RET_12_a_confirmation_is_for_these_steps_this_version_and_this_user() -> None:
    token = confirmation_of(close)
    for conversation in (
        replace(CLOSING, comment=Comment("Else.")),
        replace(CLOSING, tags=()),
        Conversation(outcome="won"),
    ):
        with pytest.raises(ConfirmationRequired):
            close(token, conversation=conversation)
    with pytest.raises(ConfirmationRequired):
        create_activity(CLOSING, LATER, actor=MANAGER, confirmation=token)
    set_stage(AGENT, "lead_1", "proposal", LATER)
    with pytest.raises(ConfirmationRequired):
        close(token)
    assert done() == ["stage"]


@pytest.mark.parametrize("late", [0, 1, DAY])
def test_RET_11_after_the_initial_deadline_an_outcome_among_steps_moves_nothing(late: int) -> None:
    confirmed(lambda given: set_retention(MANAGER, "lead_1", RetentionRequest(days=20), given, NOW))
    facts = close(None, BASE + late)
    assert (facts.outcome, facts.erase_at) == ("won", NOW + 20 * DAY)
    assert set(stamps_of("lead_1").values()) == {NOW + 20 * DAY}


def test_RET_7_the_days_count_once_from_the_request() -> None:
    confirmed(close)
    again = create_activity(replace(CLOSING, comment=Comment("Signed.")), LATER + DAY)
    assert (again.erase_at, again.retention.outcome_due_at) == (WON, WON)


def test_PRI_12_nobody_is_blocked_before_all_steps_are_accepted_and_confirmed() -> None:
    call = LoggedCall("outgoing", "answered", do_not_call=True)
    asks = replace(CLOSING, call=call)
    for refused in (replace(asks, stage="sold"), replace(asks, tags=(CallTag("hot"),))):
        with pytest.raises(Invalid):
            create_activity(refused, LATER)
    with pytest.raises(ConfirmationRequired):
        close(None, conversation=asks)
    assert list(blocks.BlockRow.scan()) == []
    confirmed(lambda given: close(given, conversation=asks))
    assert len(list(blocks.BlockRow.scan())) == 1
