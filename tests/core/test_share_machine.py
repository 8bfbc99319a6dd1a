"""Limits in rows as a state machine: leads, deals and places given back race, crash, and meet stale rows (CAM-10)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chalicelib.core.period_counts import at
from chalicelib.core.share_deals import PlaceTaken, deal_shares, give_back, is_dealt, is_withheld, place_of
from chalicelib.core.shares import (
    ChosenPlace,
    Measures,
    Share,
    choose_numbers,
    choose_places,
    rows_for,
    share_at,
    total,
    used,
    with_taken,
)
from chalicelib.core.times import local_day
from tests.harness.profiles import LONG

NOW = 1_800_000_000 - 1_800_000_000 % 86_400 + 20 * 3_600  # four hours before midnight
LIMIT = st.one_of(st.none(), st.integers(0, 45))
LIMITS = st.builds(Measures, LIMIT, LIMIT, LIMIT).filter(lambda limits: limits != Measures())
Write = Callable[["Rows"], bool]


@dataclass
class Rows:
    """What the store holds. A write changes several rows if the condition of each holds, or none."""

    rows: dict[int, Share]

    def apply(self, writes: Sequence[tuple[Share, Share, bool]]) -> bool:
        """Apply (as read, after, whether it only adds in the minute that was read); False if a condition fails."""
        for read, after, adds in writes:
            present = self.rows.get(read.number)
            if not (_may_add(present, read, after) if adds else (present.v if present else 0) == read.v):
                return False
        for read, after, adds in writes:
            self.rows[read.number] = _added(self.rows[read.number], read, after) if adds else after
        return True


def _may_add(present: Share | None, read: Share, after: Share) -> bool:
    if present is None or (present.counts.minute, present.of, present.deal) != (
        read.counts.minute,
        read.of,
        read.deal,
    ):
        return False
    most = (
        None if read.shares.hour is None else read.shares.hour - sum(read.counts.before.values()),
        *read.shares[1:],
    )
    have = (present.counts.taken, present.counts.in_day, present.counts.in_month)
    adds = [new - old for new, old in zip(used(after), used(read), strict=True)]
    return all(
        limit is None or not add or one < limit for limit, one, add in zip(most, have, adds, strict=True)
    )


def _added(present: Share, read: Share, after: Share) -> Share:
    return with_taken(present, [new - old for new, old in zip(used(after), used(read), strict=True)])


@dataclass
class Pending:
    """A write that was computed from rows as they were read, and is not sent yet."""

    writes: list[tuple[Share, Share, bool]]
    place: PlaceTaken | None = None
    gives: PlaceTaken | None = None


class SharesMachine(RuleBasedStateMachine):
    """The rows of one counter, and a model that remembers every place that is taken."""

    def __init__(self) -> None:
        super().__init__()
        self.store = Rows({})
        self.now = NOW
        self.limits = Measures(10)
        self.version = 1
        self.pending: list[Pending] = []
        self.standing: list[PlaceTaken] = []

    @initialize(limits=LIMITS)
    def begin(self, limits: Measures) -> None:
        """Deal for the first time."""
        self.limits = limits
        self.send(self.dealing())

    @rule(data=st.data())
    def lead(self, data: st.DataObject) -> None:
        """Take a place, as a lead does that nothing disturbs; it is refused only if the limit is used up."""
        places = self.look_for_place(data)
        if places:
            assert self.send(taking(self.store, places))
        else:
            assert self.is_full()

    @rule(data=st.data())
    def slow_lead(self, data: st.DataObject) -> None:
        """Read and decide; the write follows later, or never."""
        places = self.look_for_place(data)
        if places:
            self.pending.append(taking(self.store, places))

    @rule()
    def slow_deal(self) -> None:
        """Compute a deal; the write follows later, or never."""
        self.pending.append(self.dealing())

    @precondition(lambda self: self.pending)
    @rule(data=st.data(), crashes=st.booleans())
    def finish(self, data: st.DataObject, crashes: bool) -> None:
        """Send what was computed earlier, or crash before it."""
        pending = self.pending.pop(data.draw(st.integers(0, len(self.pending) - 1)))
        if not crashes:
            self.send(pending)

    @precondition(lambda self: self.standing)
    @rule(data=st.data(), slow=st.booleans())
    def return_place(self, data: st.DataObject, slow: bool) -> None:
        """Give a place back, now or later."""
        place = data.draw(st.sampled_from(self.standing))
        changed = give_back(self.store.rows.values(), place)
        pending = Pending([(self.store.rows[row.number], row, False) for row in changed], gives=place)
        if slow:
            self.pending.append(pending)
        else:
            assert self.send(pending)

    @rule(seconds=st.sampled_from([1, 59, 60, 600, 3_540, 3_600, 14_400, 86_400, 30 * 86_400]))
    def wait(self, seconds: int) -> None:
        """Let time pass."""
        self.now += seconds

    @rule(limits=LIMITS)
    def resize(self, limits: Measures) -> None:
        """Save other limits. Their deal follows at once here, and later or never in other runs."""
        self.limits, self.version = limits, self.version + 1

    @rule()
    def deal_now(self) -> None:
        """Deal as the request that saved the limits, or as a lead."""
        assert self.send(self.dealing())

    @invariant()
    def sums_are_exact(self) -> None:
        """Nothing is lost or counted twice, and no row has more than its share."""
        rows = list(self.store.rows.values())
        if not rows:
            return
        present = total(at(row.counts, self.now, "UTC") for row in rows)
        hour, day, month = self.expected()
        assert (present.in_hour, present.in_day, present.in_month) == (hour, day, month)
        for measure, limit in enumerate(rows[0].limits):
            shares = [row.shares[measure] for row in rows if row.number < rows_for(rows[0].limits)]
            if limit is not None and any(shares):
                assert sum(share or 0 for share in shares) == limit
                assert all(0 <= used(row)[measure] <= (row.shares[measure] or 0) for row in rows)

    def look_for_place(self, data: st.DataObject) -> list[ChosenPlace]:
        """Read two rows, and all of them if these have no room; deal first where that is needed."""
        dealt = [self.store.rows.get(number) for number in range(rows_for(self.limits))]
        rows = [share_at(row, self.now, "UTC") for row in dealt if row is not None]
        if not is_dealt(rows, self.limits) or is_withheld(rows, self.limits):
            self.send(self.dealing())
            rows = [
                share_at(self.store.rows[number], self.now, "UTC") for number in range(rows_for(self.limits))
            ]
        two = choose_numbers(self.limits, None, lambda below: data.draw(st.integers(0, below - 1)))
        chance = data.draw(st.randoms(use_true_random=False))
        open_rows = choose_places([rows[number] for number in two], chance.randrange)
        return open_rows if len(open_rows) == 1 else choose_places(rows, chance.randrange)

    def dealing(self) -> Pending:
        """Return the deal of the present limits."""
        rows = list(self.store.rows.values())
        dealt = deal_shares(rows, self.limits, self.version, self.now, "UTC")
        return Pending([(self.store.rows.get(row.number, Share(row.number)), row, False) for row in dealt])

    def send(self, pending: Pending) -> bool:
        """Write; what was taken or given back is so only with the write."""
        if pending.gives is not None and pending.gives not in self.standing:
            return False  # the transaction that ends a delivery is made once
        if not self.store.apply(pending.writes):
            return False
        if pending.place is not None:
            self.standing.append(pending.place)
        if pending.gives is not None:
            self.standing.remove(pending.gives)
        return True

    def expected(self) -> tuple[int, int, int]:
        """Return the places of the present hour, day and month."""
        minute, day = self.now // 60, local_day(self.now, "UTC")
        return (
            sum(int(place.minute > minute - 60) for place in self.standing),
            sum(int(place.day == day) for place in self.standing),
            sum(int(place.day[:7] == day[:7]) for place in self.standing),
        )

    def is_full(self) -> bool:
        """Return True if a limit is used up in the model."""
        return any(
            limit is not None and have >= limit
            for limit, have in zip(self.limits, self.expected(), strict=True)
        )


def taking(store: Rows, places: Sequence[ChosenPlace]) -> Pending:
    """Return the write that takes these places: an addition in the minute that was read, or the rolled row."""
    writes = []
    for place in places:
        read = store.rows[place.share.number]
        writes.append((read, with_taken(place.share, place.amounts), place.share.counts is read.counts))
    return Pending(writes, place=place_of(places))


SharesMachine.TestCase.settings = settings(
    max_examples=200 if LONG else 50,
    stateful_step_count=60,
    deadline=None,
)
TestShares = SharesMachine.TestCase


def test_CAM_10_without_the_rule_a_returned_place_would_make_a_row_negative() -> None:
    limits = Measures(40)
    rows = deal_shares([], limits, 1, NOW, "UTC")
    rows[0] = with_taken(rows[0], (1, 1, 1))
    place = PlaceTaken(NOW // 60, rows[0].counts.day, (0, 0, 0))
    taken_elsewhere = deal_shares([rows[0]], Measures(20), 2, NOW, "UTC")
    moved = [replace(row, number=1 - row.number) for row in taken_elsewhere]

    after = {row.number: row for row in [*moved, *give_back(moved, place)]}

    assert [used(row) for row in after.values()] == [(0, 0, 0), (0, 0, 0)]
    assert used(next(row for row in moved if row.number == 0)) == (0, 0, 0)  # the noted row holds none of it
