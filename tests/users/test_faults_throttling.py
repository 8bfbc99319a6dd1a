"""A rejection that cannot be counted is still answered, and one that can be counted counts once (INT-8, INT-11)."""

import json

import pytest

from chalicelib import clock
from chalicelib.aws.dynamodb import counters
from chalicelib.blocks.domain import BlockRequest
from chalicelib.blocks.usecases.block_contact import block_contact
from chalicelib.core.errors import Unavailable
from chalicelib.core.times import utc_day
from tests.factories.leads import LEAD, MANAGER, NOW, create_organisation
from tests.harness.api import ApiHarness
from tests.harness.faults import (
    Fault,
    conflicting,
    denied,
    fault,
    first,
    lost,
    metered,
    throttled,
    unreachable,
)
from tests.scenarios.intake import nothing_is_there, post, race

pytestmark = pytest.mark.usefixtures("aws")
TRANSACTION = {"TransactWriteItems"}


@pytest.fixture(autouse=True)
def blocked(aws: None) -> None:
    """A campaign, with the number of the example blocked."""
    create_organisation()
    block_contact(MANAGER, BlockRequest("phone", LEAD["phone"], "prj_1"), "request_1", NOW)


def counted(now: int = NOW) -> dict[str, int]:
    return counters.read_day("refusals#cmp_1", utc_day(now))


def test_INT_8_concurrent_counts_do_not_block_each_other() -> None:
    with fault(conflicting, on=TRANSACTION, table="counters", when=first(2)) as fired, metered() as meter:
        assert post().declined == "blocked"

    assert len(fired) == 2
    assert counted() == {"blocked": 1}
    assert meter.operations["BatchGetItem"] == 1


@pytest.mark.parametrize("does", [conflicting, throttled, unreachable, denied])
def test_INT_8_a_rejection_that_cannot_be_counted_is_never_5xx(
    api: ApiHarness, capsys: pytest.CaptureFixture[str], does: Fault
) -> None:
    with fault(does, on=TRANSACTION, table="counters") as fired:
        reply = api.stranger().post("/v1/campaigns/cmp_1/leads", LEAD)

    assert fired
    assert (reply.status, reply.json["reason"]) == (200, "blocked")
    assert counted(clock.now()) == {}
    assert nothing_is_there()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    assert [line["code"] for line in lines if line.get("message") == "refusal_not_counted"] == ["blocked"]
    assert [line["RefusalsNotCounted"] for line in lines if "RefusalsNotCounted" in line] == [[1.0]]
    assert "5550147" not in json.dumps(lines).replace("-", "")


def test_INT_11_an_unreadable_list_is_still_unavailable() -> None:
    with fault(throttled, on={"BatchGetItem"}), pytest.raises(Unavailable):
        post()


@pytest.mark.parametrize("does", [lost, conflicting])
def test_INT_11_every_try_is_the_same_write_under_one_token(does: Fault) -> None:
    with fault(does, on=TRANSACTION, table="counters", when=first(1)) as fired, metered() as meter:
        assert post().declined == "blocked"

    assert len(fired) == 1
    sent = [item.body for item in (*fired, *meter.attempts) if "TransactItems" in item.body]
    assert len(sent) >= 2
    assert len({json.dumps(body, sort_keys=True) for body in sent}) == 1


def test_INT_11_many_at_once_are_all_counted() -> None:
    assert {item.declined for item in race(40, key=None)} == {"blocked"}
    assert counted() == {"blocked": 40}
