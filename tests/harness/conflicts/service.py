"""DynamoDB in simulated time: calls last, transactions hold their rows, and calls that meet are refused.

Documented (Developer Guide, Transactions, Conflict handling; API reference of TransactWriteItems):

- A transaction with a row of another ongoing one is cancelled; the reason TransactionConflict is in that row's place.
- PutItem, UpdateItem and DeleteItem of such a row are refused (TransactionConflictException).
- TransactGetItems is cancelled by ongoing transactions and by ongoing single writes.
- GetItem, BatchGetItem, Query and Scan are never refused. They see what is committed. A batch read is no snapshot.
- The same token within ten minutes after the end of a transaction that was made: success, and nothing is done. With
  other content: IdempotentParameterMismatchException. While the first one goes on: TransactionInProgressException.

Chosen here, because it is documented nowhere:

- A transaction holds its rows for its whole duration (or a share of it: `Durations.held`), also when a condition does
  not hold. Its conditions are checked and its writes are made at one instant, drawn evenly. A transaction that meets
  another one holds nothing, and its answer takes as long as another's.
- A row of a BatchWriteItem that a transaction holds is left unprocessed.
- Indexes do not lag.
"""

import random
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

from tests.harness.conflicts.durations import Durations
from tests.harness.conflicts.holds import Holds
from tests.harness.conflicts.mishaps import READ_TIMEOUT_S, Mishap, Mishaps
from tests.harness.conflicts.tables import operations, transactions
from tests.harness.conflicts.tables.operations import Answer, Body, ServiceError, checked
from tests.harness.conflicts.tables.rows import Address, Store
from tests.harness.conflicts.time_line import TimeLine
from tests.harness.conflicts.tokens import Tokens
from tests.harness.faults import Crash

_SINGLE = {"PutItem": "Put", "UpdateItem": "Update", "DeleteItem": "Delete"}


class AnswerLost(Exception):
    """The call was made, and its answer did not come in time."""


class Outcome:
    """The answer of a call, or its refusal, as soon as it is known."""

    def __init__(self) -> None:
        self.answer: Answer = {}
        self.refused: ServiceError | None = None

    def of(self, does: Callable[[], Answer]) -> None:
        """Take what `does` returns, or its refusal."""
        try:
            self.answer = does()
        except ServiceError as refused:
            self.refused = refused

    def result(self) -> Answer:
        """Return the answer, or raise the refusal."""
        if self.refused is not None:
            raise self.refused
        return self.answer


class Service:
    """The tables, and the calls that are on their way to them.

    `counts` has the attempts by operation, refusals by code, and rows that were met. `watchers` see each transaction at
    the instant at which it is made.
    """

    def __init__(
        self,
        store: Store,
        line: TimeLine,
        seed: int = 0,
        *,
        durations: Durations | None = None,
        mishaps: Mishaps | None = None,
        conflicts: bool = True,
    ) -> None:
        self.store, self.line = store, line
        self.durations, self.mishaps = durations or Durations(), mishaps or Mishaps()
        self.counts: Counter[str] = Counter()
        self.watchers: list[Callable[[Body], object]] = []
        self._holds, self._tokens = Holds(conflicts=conflicts), Tokens(line)
        self._chance, self._of_mishaps = random.Random(f"{seed} durations"), random.Random(f"{seed} mishaps")

    def call(self, operation: str, body: Body) -> Answer:
        """Answer one attempt; raise ServiceError, AnswerLost, or Crash if the caller is killed.

        Outside of a run a call takes no time, and nothing meets it.
        """
        self.counts[operation] += 1
        if not self.line.is_caller():
            return self._at_once(operation, body)
        mishap = self.mishaps.draw(self._of_mishaps)
        if mishap is Mishap.KILLED_BEFORE:
            raise Crash(f"before {operation}")
        seconds = self.durations.of(operation).draw(self._chance)
        outcome = Outcome()
        self._begin(operation, body, seconds, outcome)
        if mishap is Mishap.KILLED_AFTER:
            raise Crash(f"during {operation}")
        self.line.sleep(READ_TIMEOUT_S if mishap is Mishap.LOST else seconds)
        if mishap is Mishap.LOST:
            raise AnswerLost
        if outcome.refused is not None:
            self.counts[outcome.refused.code] += 1
        return outcome.result()

    def _at_once(self, operation: str, body: Body) -> Answer:
        if operation == "TransactGetItems":
            return transactions.read(self.store, body)
        if operation == "TransactWriteItems":
            transactions.addresses(self.store, body)
            return transactions.commit(self.store, body)
        return operations.answer(self.store, operation, body)

    def _begin(self, operation: str, body: Body, seconds: float, outcome: Outcome) -> None:
        """Enter everything that the call will do into the time line. It happens even if its caller is gone."""
        match operation:
            case "TransactWriteItems":
                held_s = seconds * self.durations.held
                way_s = (seconds - held_s) / 2
                self.line.at(self.line.now + way_s, partial(self._arrive, body, held_s, outcome))
            case "TransactGetItems":
                outcome.of(lambda: self._transactional_read(body, seconds, outcome))
            case "BatchGetItem":
                outcome.of(lambda: checked(lambda: self._batch_read(body, seconds)))
            case "BatchWriteItem":
                outcome.of(lambda: checked(lambda: self._batch_write(body, seconds)))
            case _ if operation in _SINGLE:
                self._single_write(operation, body, seconds, outcome)
            case _:
                self._within(
                    seconds, lambda: outcome.of(lambda: operations.answer(self.store, operation, body))
                )

    def _within(self, seconds: float, act: Callable[[], object]) -> None:
        """Do something at one instant of the duration, drawn evenly."""
        self.line.at(self.line.now + seconds * self._chance.random(), act)

    def _arrive(self, body: Body, seconds: float, outcome: Outcome) -> None:
        outcome.of(lambda: self._transaction(body, seconds, outcome))

    def _transaction(self, body: Body, seconds: float, outcome: Outcome) -> Answer:
        rows = transactions.addresses(self.store, body)
        token = self._tokens.begin(body)
        if token is None:
            return {}
        held = self._holds.met(rows)
        if held:
            self._tokens.end(token, made=False)
            self.counts["conflicts"] += 1
            raise transactions.conflict(rows, held)
        self._holds.hold(rows)

        def end() -> None:
            self._holds.release(rows)
            self._tokens.end(token, made=outcome.refused is None)

        self._within(seconds, lambda: outcome.of(lambda: self._commit(body)))
        self.line.at(self.line.now + seconds, end)
        return {}

    def _commit(self, body: Body) -> Answer:
        """Make the writes, and show the transaction to the watchers at this instant."""
        made = transactions.commit(self.store, body)
        for watch in self.watchers:
            watch(body)
        return made

    def _transactional_read(self, body: Body, seconds: float, outcome: Outcome) -> Answer:
        rows = transactions.addresses(self.store, body)
        held = self._holds.met_by_read(rows)
        if held:
            self.counts["conflicts"] += 1
            raise transactions.conflict(rows, held)
        self._within(seconds, lambda: outcome.of(lambda: transactions.read(self.store, body)))
        return {}

    def _single_write(self, operation: str, body: Body, seconds: float, outcome: Outcome) -> None:
        def row() -> Address:
            if operation == "PutItem":
                return (body["TableName"], *self.store.table(body["TableName"]).key_of(body["Item"]))
            return self.store.address(body["TableName"], body["Key"])

        def write() -> Answer:
            if self._holds.met([checked(row)]):
                self.counts["conflicts"] += 1
                raise ServiceError("TransactionConflictException", "Transaction is ongoing for the item")
            return operations.answer(self.store, operation, body)

        self._writing(seconds, row)
        self._within(seconds, lambda: outcome.of(write))

    def _writing(self, seconds: float, row: Callable[[], Address]) -> None:
        """Note that a row is being written, for reads in a transaction. An invalid call writes nothing."""
        try:
            rows = [checked(row)]
        except ServiceError:
            return
        self._holds.write(rows)
        self.line.at(self.line.now + seconds, lambda: self._holds.end_write(rows))

    def _batch_read(self, body: Body, seconds: float) -> Answer:
        found: dict[str, list[Any]] = {table: [] for table in body["RequestItems"]}
        for table, key, _ in operations.require_batch_read(self.store, body):
            self._within(seconds, partial(self._read_one, found[table], table, key))
        return {"Responses": found, "UnprocessedKeys": {}}

    def _read_one(self, found: list[Any], table: str, key: Body) -> None:
        row = self.store.read(table, key)
        if row is not None:
            found.append(row)

    def _batch_write(self, body: Body, seconds: float) -> Answer:
        left: dict[str, list[Body]] = {}
        for table, entry, row in operations.require_batch_write(self.store, body):
            self._writing(seconds, partial(_same, row))
            self._within(seconds, partial(self._write_one, left, table, entry, row))
        return {"UnprocessedItems": left}

    def _write_one(self, left: dict[str, list[Body]], table: str, entry: Body, row: Address) -> None:
        if self._holds.met([row]):
            self.counts["unprocessed"] += 1
            left.setdefault(table, []).append(entry)
        else:
            operations.write_entry(self.store, table, entry)


def _same(row: Address) -> Address:
    return row
