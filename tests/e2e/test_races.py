"""200 identical posts at once, in process against the local stack's tables (INT-10).

The stack remembers transaction tokens and has atomic transactions. Tables in memory do neither.
"""

from collections.abc import Iterator

import pytest

from chalicelib import clock
from chalicelib.aws.dynamodb import rows
from chalicelib.core.access import Actor
from chalicelib.leads.store import leads, leads_rows
from infra.local import aws
from tests.conftest import clear_caches
from tests.e2e.stack import Stack
from tests.harness.faults import fault, first_of_each_call, lost, metered
from tests.scenarios.intake import parts, race, source_result

COUNT = 200
PATIENCE_S = 300  # 200 callers on one engine are no slow store: none may give up on it
TRANSACTION = {"TransactWriteItems"}


@pytest.fixture
def campaign_id(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A campaign of the stack. This process takes the place of its intake function."""
    created = stack.new_campaign()
    functions = aws.client(stack.config, "lambda").list_functions()["Functions"]
    environments = [function.get("Environment", {}).get("Variables", {}) for function in functions]
    (variables,) = [item for item in environments if item.get("ROUTE_GROUP") == "intake"]
    for name, value in {**variables, **aws.credentials(stack.config)}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(rows.MetaDefaults, "read_timeout_seconds", PATIENCE_S)
    monkeypatch.setattr(rows.MetaDefaults, "connect_timeout_seconds", PATIENCE_S)
    clear_caches()
    yield created
    clear_caches()


def stored(campaign_id: str, phone: str) -> int:
    """Post 200 times at once, check that the answers are equal, and return how many leads the campaign has."""
    source = Actor("credential", "crd_race", campaign_ids=frozenset({campaign_id}))
    values = {"first_name": "Gus", "phone": phone}
    receipts = race(COUNT, values=values, key=phone, now=clock.now(), actor=source, campaign_id=campaign_id)

    assert len({source_result(receipt) for receipt in receipts}) == 1
    assert all(parts(source_result(receipts[0]).lead_id, clock.now()))
    rows = (row for row in leads_rows.FactsRow.scan() if row.part == leads.LEAD)
    return sum(row.campaign_id == campaign_id for row in rows)


def test_INT_10_200_identical_posts_at_once_make_one_lead(campaign_id: str) -> None:
    assert stored(campaign_id, "+1 202-555-0151") == 1


def test_INT_10_with_lost_first_answers_they_make_one_lead_too(campaign_id: str) -> None:
    with metered() as meter, fault(lost, on=TRANSACTION, when=first_of_each_call) as fired:
        assert stored(campaign_id, "+1 202-555-0152") == 1

    assert len(fired) >= 1
    assert meter.operations["TransactWriteItems"] > len(fired)
