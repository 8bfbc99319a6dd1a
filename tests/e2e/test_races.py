"""Two hundred at once, in this process, against the stack's tables (INT-9, INT-10)."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib import clock
from chalicelib.contracts.intake import LeadAnswer
from chalicelib.domain.access import Actor
from chalicelib.usecases.receive_lead import Receipt, Submission, receive_lead
from tests.e2e.inside import inside
from tests.e2e.stack import Stack

RACERS = 200


@pytest.fixture
def intake(stack: Stack, environment: None) -> Iterator[None]:
    """This process as the intake function."""
    with inside(stack, "intake"):
        yield


@pytest.mark.usefixtures("intake")
def test_INT_9_two_hundred_identical_posts_at_once_make_one_lead_and_one_answer(stack: Stack) -> None:
    campaign = stack.campaign()
    source = Actor(kind="credential", id="cred_race", campaign_ids=frozenset({campaign}))
    people, facts = stack.count("people"), _facts_rows(stack)

    def post(_: int) -> Receipt:
        values = {"first_name": "Zoe", "phone": "+1 202-555-0199", "email": "zoe@example.org"}
        submission = Submission(campaign, values, source, clock.new_id("lead"), idempotency_key="race-0199")
        return receive_lead(submission, clock.now())

    with ThreadPoolExecutor(RACERS) as racers:
        receipts = list(racers.map(post, range(RACERS)))

    answers = {LeadAnswer.of(one.facts).model_dump_json() for one in receipts if one.facts}
    assert len(answers) == 1
    assert all(one.facts for one in receipts)
    assert stack.count("people") == people + 1
    assert _facts_rows(stack) == facts + 1


def _facts_rows(stack: Stack) -> int:
    return sum(row["part"]["S"] == "lead" for row in stack.scan("leads"))
