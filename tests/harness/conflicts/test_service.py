"""DynamoDB's documented rules for calls that meet, through the real SDK in simulated time."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ReadTimeoutError

from tests.harness.conflicts.durations import Duration, Durations
from tests.harness.conflicts.mishaps import Mishaps
from tests.harness.conflicts.service import Service
from tests.harness.conflicts.tables.rows import Store
from tests.harness.conflicts.tables.sent_calls import Definitions, create_tables
from tests.harness.conflicts.time_line import TimeLine
from tests.harness.conflicts.wire import answering

ONE_S, THREE_S = Duration(1_000, 1_000), Duration(3_000, 3_000)
NONE, MET = {"Code": "None"}, "TransactionConflict"


class Harness:
    """One client, callers that begin at an instant, and what each of them was answered."""

    def __init__(self, **given: Any) -> None:
        self.line, self.store = TimeLine(0), Store()
        given = {"durations": Durations(other=ONE_S, query=ONE_S, transaction=THREE_S)} | given
        self.service = Service(self.store, self.line, **given)
        self.client = boto3.client("dynamodb", config=Config(retries={"total_max_attempts": 1}))
        self.answers: dict[str, Any] = {}
        create_tables(Definitions(self.store))

    def call(self, name: str, at: float, operation: str, **asked: Any) -> None:
        """Let a caller send one call at an instant, and keep the answer or the error code under a name."""

        def send() -> None:
            try:
                self.answers[name] = getattr(self.client, operation)(**asked)
            except ClientError as error:
                self.answers[name] = error.response["Error"]["Code"]
                self.answers[f"{name} reasons"] = error.response.get("CancellationReasons")

        self.line.start(send, at, name)

    def transact(self, name: str, at: float, *keys: str, token: str | None = None, add: int = 1) -> None:
        """Let a transaction count one in each of these rows."""
        items = [{"Update": count(key, add)} for key in keys]
        self.call(name, at, "transact_write_items", TransactItems=items, **_token(token))

    def n(self, key: str) -> int:
        """Return the count of a row."""
        return int((self.store.read("plain", {"h": {"S": key}}) or {"k": {"N": "0"}})["k"]["N"])


def count(key: str, add: int = 1) -> dict[str, Any]:
    return row(key) | {
        "UpdateExpression": "ADD k :one",
        "ExpressionAttributeValues": {":one": {"N": str(add)}},
    }


def row(key: str) -> dict[str, Any]:
    return {"TableName": "plain", "Key": {"h": {"S": key}}}


def _token(token: str | None) -> dict[str, str]:
    return {} if token is None else {"ClientRequestToken": token}


@pytest.fixture
def made() -> Iterator[Callable[..., Harness]]:
    """Make a harness. Its client is answered by it until the test ends."""
    open_ones: list[Any] = []

    def make(**given: Any) -> Harness:
        harness = Harness(**given)
        open_ones.append(answering(harness.client, harness.service))
        open_ones[-1].__enter__()
        return harness

    yield make
    for one in reversed(open_ones):
        one.__exit__(None, None, None)


@pytest.fixture
def harness(made: Callable[..., Harness]) -> Harness:
    return made()


def test_a_transaction_that_meets_another_is_cancelled_with_the_reason_in_its_place(harness: Harness) -> None:
    harness.transact("first", 0, "a", "b")
    harness.transact("second", 1, "x", "b", "y")
    harness.line.run()

    assert "ResponseMetadata" in harness.answers["first"]
    assert harness.answers["second"] == "TransactionCanceledException"
    assert [one["Code"] for one in harness.answers["second reasons"]] == ["None", MET, "None"]
    assert (harness.n("b"), harness.n("x")) == (1, 0)


def test_without_conflicts_both_are_made(made: Callable[..., Harness]) -> None:
    harness = made(conflicts=False)
    harness.transact("first", 0, "a")
    harness.transact("second", 1, "a")
    harness.line.run()

    assert harness.n("a") == 2


def test_a_row_is_free_again_at_the_end_of_the_transaction(harness: Harness) -> None:
    harness.transact("first", 0, "a")
    harness.transact("second", 3.1, "a")
    harness.line.run()

    assert harness.n("a") == 2


def test_a_cancelled_transaction_holds_nothing(harness: Harness) -> None:
    harness.transact("first", 0, "a")
    harness.transact("cancelled", 1, "a", "b")
    harness.transact("third", 2, "b")
    harness.line.run()

    assert harness.n("b") == 1


def test_a_condition_check_holds_its_row_too(harness: Harness) -> None:
    check = {"ConditionCheck": row("a") | {"ConditionExpression": "attribute_not_exists(k)"}}
    harness.call("first", 0, "transact_write_items", TransactItems=[check])
    harness.transact("second", 1, "a")
    harness.line.run()

    assert harness.answers["second"] == "TransactionCanceledException"


@pytest.mark.parametrize(
    ("operation", "asked"),
    [
        ("put_item", {"TableName": "plain", "Item": {"h": {"S": "a"}}}),
        ("update_item", count("a")),
        ("delete_item", row("a")),
    ],
)
def test_a_single_write_on_a_held_row_is_refused(harness: Harness, operation: str, asked: Any) -> None:
    harness.transact("first", 0, "a")
    harness.call("write", 1, operation, **asked)
    harness.call("later", 4, operation, **asked)
    harness.line.run()

    assert harness.answers["write"] == "TransactionConflictException"
    assert "ResponseMetadata" in harness.answers["later"]


def test_plain_reads_are_never_refused(harness: Harness) -> None:
    key = {"h": {"S": "a"}}
    harness.transact("first", 0, "a")
    harness.call("get", 1, "get_item", **row("a"))
    harness.call("batch", 1, "batch_get_item", RequestItems={"plain": {"Keys": [key]}})
    values = {":h": {"S": "a"}}
    asked = {"KeyConditionExpression": "h = :h", "ExpressionAttributeValues": values}
    harness.call("query", 1, "query", TableName="plain", **asked)
    harness.line.run()

    assert all("ResponseMetadata" in harness.answers[name] for name in ("get", "batch", "query"))


def test_a_transactional_read_meets_transactions_and_single_writes(harness: Harness) -> None:
    get = {"TransactItems": [{"Get": row("b")}, {"Get": row("a")}]}
    harness.transact("first", 0, "a")
    harness.call("meets a transaction", 1, "transact_get_items", **get)
    harness.call("write", 10, "update_item", **count("a"))
    harness.call("meets a write", 10.5, "transact_get_items", **get)
    harness.call("alone", 20, "transact_get_items", **get)
    harness.line.run()

    assert [one["Code"] for one in harness.answers["meets a transaction reasons"]] == ["None", MET]
    assert harness.answers["meets a write"] == "TransactionCanceledException"
    assert len(harness.answers["alone"]["Responses"]) == 2


def test_a_held_row_of_a_batch_write_is_left_unprocessed(harness: Harness) -> None:
    entries = [{"PutRequest": {"Item": {"h": {"S": key}}}} for key in "ab"]
    harness.transact("first", 0, "a")
    harness.call("batch", 1, "batch_write_item", RequestItems={"plain": entries})
    harness.line.run()

    assert harness.answers["batch"]["UnprocessedItems"] == {"plain": entries[:1]}
    assert harness.store.read("plain", {"h": {"S": "b"}}) is not None


def test_conditions_hold_at_the_instant_of_the_write_or_nothing_is_written(harness: Harness) -> None:
    unmet = {"Update": count("b") | {"ConditionExpression": "attribute_exists(k)"}}
    harness.call("first", 0, "transact_write_items", TransactItems=[{"Update": count("a")}, unmet])
    harness.line.run()

    assert [one["Code"] for one in harness.answers["first reasons"]] == ["None", "ConditionalCheckFailed"]
    assert (harness.n("a"), harness.n("b")) == (0, 0)


def test_a_batch_read_is_no_snapshot(made: Callable[..., Harness]) -> None:
    """Two rows that one transaction writes: some batch read sees the one written and the other not yet."""
    seen = set()
    for seed in range(30):
        harness = made(seed=seed, durations=Durations(other=THREE_S, transaction=THREE_S))
        keys = [{"h": {"S": key}} for key in "ab"]
        harness.transact("first", 0, "a", "b")
        harness.call("read", 0, "batch_get_item", RequestItems={"plain": {"Keys": keys}})
        harness.line.run()
        seen.add(len(harness.answers["read"]["Responses"]["plain"]))

    assert seen == {0, 1, 2}


def test_the_same_token_counts_once_for_ten_minutes(harness: Harness) -> None:
    for name, at in (("first", 0), ("again", 10), ("within ten minutes", 602), ("later", 604)):
        harness.transact(name, at, "a", token="intent")
    harness.line.run()

    assert all("ResponseMetadata" in answer for answer in harness.answers.values())
    assert harness.n("a") == 2


def test_the_same_token_with_other_content_is_refused(harness: Harness) -> None:
    harness.transact("first", 0, "a", token="intent")
    harness.transact("other", 10, "a", token="intent", add=2)
    harness.line.run()

    assert harness.answers["other"] == "IdempotentParameterMismatchException"
    assert harness.n("a") == 1


def test_the_same_token_during_its_transaction_is_in_progress(harness: Harness) -> None:
    harness.transact("first", 0, "a", token="intent")
    harness.transact("second", 1, "a", token="intent")
    harness.line.run()

    assert harness.answers["second"] == "TransactionInProgressException"
    assert harness.n("a") == 1


def test_a_transaction_that_was_not_made_leaves_no_token(harness: Harness) -> None:
    harness.transact("other", 0, "a")
    harness.transact("cancelled", 1, "a", token="intent")
    harness.transact("again", 5, "a", token="intent")
    harness.line.run()

    assert harness.answers["cancelled"] == "TransactionCanceledException"
    assert harness.n("a") == 2


def test_a_transaction_whose_condition_failed_leaves_no_token(harness: Harness) -> None:
    update = {"Update": count("a") | {"ConditionExpression": "attribute_exists(k)"}}
    for name, at in (("unmet", 0), ("met", 10)):
        asked = {"TransactItems": [update], "ClientRequestToken": "intent"}
        harness.call(name, at, "transact_write_items", **asked)
    harness.transact("between", 5, "a")
    harness.line.run()

    assert harness.answers["unmet"] == "TransactionCanceledException"
    assert harness.n("a") == 2


@pytest.mark.parametrize("keys", [[f"k{n}" for n in range(101)], ["a", "b", "a"]])
def test_more_than_a_hundred_rows_or_a_row_twice_is_invalid(harness: Harness, keys: list[str]) -> None:
    harness.transact("first", 0, *keys)
    harness.transact("hundred", 10, *keys[1:])
    harness.line.run()

    assert harness.answers["first"] == "ValidationException"
    assert "ResponseMetadata" in harness.answers["hundred"]


def test_more_than_4_mb_is_invalid(harness: Harness) -> None:
    puts = [
        {"Put": {"TableName": "plain", "Item": {"h": {"S": str(n)}, "t": {"S": "x" * 390_000}}}}
        for n in range(11)
    ]
    harness.call("too much", 0, "transact_write_items", TransactItems=puts)
    harness.call("less", 10, "transact_write_items", TransactItems=puts[:10])
    harness.line.run()

    assert harness.answers["too much"] == "ValidationException"
    assert "ResponseMetadata" in harness.answers["less"]


def test_an_unknown_table_is_refused_and_ends_no_run(harness: Harness) -> None:
    key = {"h": {"S": "a"}}
    harness.call("write", 0, "put_item", TableName="none", Item=key)
    harness.call("read", 0, "batch_get_item", RequestItems={"none": {"Keys": [key]}})
    harness.call(
        "transaction", 0, "transact_write_items", TransactItems=[{"Delete": row("a") | {"TableName": "none"}}]
    )
    harness.call("batch", 0, "batch_write_item", RequestItems={"none": [{"DeleteRequest": {"Key": key}}]})
    harness.line.run()

    names = ("write", "read", "transaction", "batch")
    assert [harness.answers[name] for name in names] == ["ResourceNotFoundException"] * 4


def test_a_lost_answer_was_applied_and_comes_too_late(made: Callable[..., Harness]) -> None:
    harness, errors = made(mishaps=Mishaps(lost=1)), list[float]()

    def send() -> None:
        with pytest.raises(ReadTimeoutError):
            harness.client.update_item(**count("a"))
        errors.append(harness.line.now)

    harness.line.start(send)
    harness.line.run()

    assert errors == [4]
    assert harness.n("a") == 1


def test_a_killed_caller_leaves_its_call_behind_or_never_sent_it(made: Callable[..., Harness]) -> None:
    counts = set()
    for seed in range(20):
        harness = made(seed=seed, mishaps=Mishaps(killed=1))
        harness.transact("killed", 0, "a")
        harness.line.run()
        assert harness.answers == {}
        counts.add(harness.n("a"))

    assert counts == {0, 1}


def test_a_transaction_of_a_killed_caller_ends_its_hold(made: Callable[..., Harness]) -> None:
    for seed in range(10):
        harness = made(seed=seed, mishaps=Mishaps(killed=1))
        harness.transact("killed", 0, "a")
        harness.line.run()

        assert harness.service._holds._held == set()


def test_outside_of_a_run_a_call_takes_no_time(harness: Harness) -> None:
    harness.client.update_item(**count("a"))

    assert (harness.n("a"), harness.line.now) == (1, 0)
