"""A flood at one route (ACC-13): all are answered."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from infra.local.api import Answer
from tests.e2e.stack import Stack

AT_ONCE = 64


def at_once(count: int, call: Any) -> list[Answer]:
    """Call so often at the same time, with the number of the call, and return the answers."""
    with ThreadPoolExecutor(count) as callers:
        return list(callers.map(call, range(count)))


def test_ACC_13_sixty_four_leads_at_once_are_all_accepted(stack: Stack) -> None:
    campaign_id = stack.new_campaign()
    source, path = stack.source_of(campaign_id), f"/v1/campaigns/{campaign_id}/leads"

    answers = at_once(
        AT_ONCE, lambda number: source.post(path, {"first_name": "Gus", "phone": f"202-555-01{number:02}"})
    )

    assert Counter(answer.status for answer in answers) == {201: AT_ONCE}
    assert len({answer.body["lead_id"] for answer in answers}) == AT_ONCE
