"""A small load on the stack of the tests, with the checks of `make load`, and the proof that these notice a fault."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from infra.local.stack_config import LocalStackError
from tests.e2e.load.__main__ import running
from tests.e2e.load.checks import findings
from tests.e2e.load.flawless import observed_of, outcome_of, posted
from tests.e2e.load.load import load
from tests.e2e.load.observed import Observed
from tests.e2e.load.outcome import Outcome, Posted
from tests.e2e.load.plan import COPY, FIRST, LIMITED, MOST, OPEN, REPLAY, UNIQUE, Forget, Person, plan
from tests.e2e.stack import Stack

SEED, LEADS, CALLERS = 4, 40, 3
Fault = Callable[[Outcome, Observed], None]


def test_I1_I2_I3_I4_I5_I8_I13_a_load_on_the_stack_keeps_the_invariants(stack: Stack) -> None:
    report = load(stack, SEED, LEADS, CALLERS)

    assert report.findings == []
    assert len(list(report.outcome.by_key())) == LEADS
    assert report.outcome.forgotten
    assert {each.kind for each in report.outcome.imported} == {"block", "leads"}


def test_the_checks_find_nothing_in_a_flawless_outcome() -> None:
    outcome = outcome_of(plan(SEED, 100))

    assert findings(outcome, observed_of(outcome)) == []


def twice_listed(outcome: Outcome, observed: Observed) -> None:
    observed.listed[OPEN].append(observed.listed[OPEN][0])


def lost(outcome: Outcome, observed: Observed) -> None:
    observed.listed[UNIQUE].pop()


def of_another_person(outcome: Outcome, observed: Observed) -> None:
    observed.listed[LIMITED][0]["person"]["email"] = "other@example.com"


def shown_after_forget(outcome: Outcome, observed: Observed) -> None:
    lead = next(lead for lead in observed.listed[OPEN] if lead["lead_id"] in outcome.erased())
    lead["person"] = {"email": outcome.person(outcome.forgotten[0].forget.person).email}


def read_after_forget(outcome: Outcome, observed: Observed) -> None:
    outcome.forgotten[0] = replace(outcome.forgotten[0], readable=outcome.forgotten[0].lead_ids)


def replayed_after_forget(outcome: Outcome, observed: Observed) -> None:
    live = next(each for each in outcome.posted if each.lead_id in outcome.erased())
    outcome.posted[-1] = replace(outcome.posted[-1], content=live.content, status=live.status)


def came_in(outcome: Outcome, observed: Observed) -> None:
    answer = {"lead_id": "lead-late", "status": "accepted"}
    outcome.probes[0] = posted(outcome.probes[0].post, answer, 0)


def not_tried(outcome: Outcome, observed: Observed) -> None:
    del outcome.probes[0]
    observed.reports[OPEN]["refused"]["blocked"] -= 1


def counted_twice(outcome: Outcome, observed: Observed) -> None:
    observed.reports[UNIQUE]["leads"]["duplicate"] += 1


def paid_twice(outcome: Outcome, observed: Observed) -> None:
    observed.reports[OPEN]["cost"]["USD"] += "1"


def erasure_not_counted(outcome: Outcome, observed: Observed) -> None:
    observed.reports[OPEN]["erased"] = 0


def refusal_not_counted(outcome: Outcome, observed: Observed) -> None:
    observed.reports[OPEN]["refused"]["blocked"] -= 1


def above_the_limit(outcome: Outcome, observed: Observed) -> None:
    outcome.plan = replace(outcome.plan, limit=outcome.plan.limit - 1)


def refused_while_free(outcome: Outcome, observed: Observed) -> None:
    outcome.plan = replace(outcome.plan, limit=outcome.plan.limit + 1)


def two_of_one_person(outcome: Outcome, observed: Observed) -> None:
    at, copy = next((at, each) for at, each in enumerate(outcome.posted) if "duplicate_of" in each.body)
    outcome.posted[at] = posted(copy.post, {"lead_id": copy.lead_id, "status": "accepted"}, copy.began)


def two_leads_of_a_key(outcome: Outcome, observed: Observed) -> None:
    at, replay = next((at, each) for at, each in enumerate(outcome.posted) if each.post.kind == REPLAY)
    outcome.posted[at] = posted(replay.post, {**replay.body, "lead_id": "lead-second"}, replay.began)


def trace_of_a_person(outcome: Outcome, observed: Observed) -> None:
    object.__setattr__(observed, "traces", frozenset({("contacts", outcome.forgotten[0].forget.person)}))


FAULTS: tuple[Fault, ...] = (
    *(twice_listed, lost, of_another_person, shown_after_forget, read_after_forget, replayed_after_forget),
    *(came_in, not_tried, counted_twice, paid_twice, erasure_not_counted, refusal_not_counted),
    *(above_the_limit, refused_while_free, two_of_one_person, two_leads_of_a_key, trace_of_a_person),
)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_the_checks_notice_a_fault(fault: Fault) -> None:
    outcome = outcome_of(plan(SEED, 100))
    observed = observed_of(outcome)

    fault(outcome, observed)

    assert findings(outcome, observed) != []


@pytest.mark.parametrize("leads", [20, 100, 500])
def test_a_plan_has_every_kind_of_action(leads: int) -> None:
    planned = plan(SEED, leads)
    posts = [action for action in planned.actions if not isinstance(action, Forget)]

    assert len({post.key for post in posts}) == leads
    assert {post.kind for post in posts} == {FIRST, COPY, REPLAY}
    assert {post.campaign for post in posts} == {OPEN, UNIQUE, LIMITED}
    assert len(posts) < len(planned.actions)
    assert 0 < planned.limit < sum(post.campaign == LIMITED for post in posts)


def test_the_same_seed_plans_the_same() -> None:
    assert plan(SEED, 50) == plan(SEED, 50) != plan(SEED + 1, 50)


def test_a_forget_comes_after_the_posts_of_its_person_except_replays() -> None:
    actions = plan(SEED, 500).actions
    for at, action in enumerate(actions):
        if isinstance(action, Forget):
            later = [each for each in actions[at:] if each.person == action.person and each != action]
            assert {each.kind for each in later if not isinstance(each, Forget)} <= {REPLAY}


@pytest.mark.parametrize("leads", [0, 19, MOST + 1])
def test_a_run_is_bounded(leads: int) -> None:
    with pytest.raises(ValueError, match="A run has"):
        plan(SEED, leads)


def test_each_person_of_the_largest_run_has_a_number_of_their_own() -> None:
    planned = plan(SEED, MOST)
    numbers = {action.person for action in planned.actions} | {*planned.blocked, *planned.imported}

    assert len({Person(number, "tag").phone for number in numbers}) == len(numbers)


def test_a_stack_file_of_another_machine_is_refused(tmp_path: Path) -> None:
    content = '{"endpoint_url": "http://127.0.0.1:4566", "api_url": "https://api.example.com/v1"}'
    (tmp_path / "stack.json").write_text(content)

    with pytest.raises(LocalStackError, match="this machine"):
        running(tmp_path / "stack.json")


def test_a_replay_of_a_forgotten_lead_may_overlap_the_forget() -> None:
    outcome = outcome_of(plan(SEED, 100))
    last, forgotten = outcome.posted[-1], outcome.forgotten[0]
    overlapping: Posted = replace(last, began=forgotten.began, ended=forgotten.ended + 1)
    outcome.posted[-1] = overlapping

    assert findings(outcome, observed_of(outcome)) == []
