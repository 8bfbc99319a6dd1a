"""Moves a lead in the duplicate index when its values change (CAM-4, INT-17)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from chalicelib.aws.dynamodb import batch
from chalicelib.core.contact_points import duplicate_refs
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.leads.domain.duplicate_index import Window, as_original, entered_again
from chalicelib.leads.domain.leads import Facts, Person
from chalicelib.leads.store import contact_index, leads
from chalicelib.leads.usecases.remove_from_duplicate_windows import remove_from_duplicate_windows
from chalicelib.organisation.domain.configuration import LeadType
from chalicelib.organisation.domain.contact_forms import KeyedForm
from chalicelib.organisation.domain.fields import duplicate_values
from chalicelib.organisation.usecases.contact_forms import contact_forms


@dataclass(frozen=True)
class WindowMove:
    """The rows that a lead leaves, and those that it enters: the writes of each set of values by its ref.

    `kept` are the refs of the rows in which it stays, `read` the versions of the others, for the token of the write.
    """

    kept: tuple[str, ...] = ()
    left: Sequence[batch.Write] = ()
    entered: Sequence[tuple[str, Sequence[batch.Write]]] = ()
    read: tuple[str, ...] = ()

    @property
    def refs(self) -> tuple[str, ...]:
        """Return the refs of the rows that have the lead afterwards."""
        return (*self.kept, *(ref for ref, _ in self.entered))

    @property
    def writes(self) -> list[batch.Write]:
        """Return all writes of the move."""
        return [*self.left, *(write for _, writes in self.entered for write in writes)]


def moved_windows(facts: Facts, before: Person, after: Person, lead_type: LeadType, now: int) -> WindowMove:
    """Return the move of a lead in the duplicate index from the values it had to those it has.

    A row is entered as the intake enters it: it must be as it was read, and during a migration the row of the other
    form, too. So a lead of the same values that comes in meanwhile never misses it (CAM-9). A lead that is no original
    changes no row. One that enters later will do so under its new values.
    """
    if facts.test:
        return WindowMove(before.windows)
    written, *others = (_refs(form, after, lead_type) for form in contact_forms(now).in_migration)
    wanted = {
        name: (ref, [other[name] for other in others if other[name] != ref]) for name, ref in written.items()
    }
    live = {ref for one in (written, *others) for ref in one.values()}
    kept = tuple(ref for ref in before.windows if ref in live)
    new = [(ref, more) for ref, more in wanted.values() if ref not in kept and not set(more) & set(kept)]
    if not facts.is_original or facts.enters_later:
        return WindowMove((*kept, *(ref for ref, _ in new)))
    left = remove_from_duplicate_windows(facts.lead_id, (ref for ref in before.windows if ref not in live))
    keys = [contact_index.window_key(one, lead_type.id) for ref, more in new for one in (ref, *more)]
    rows = batch.read_many(keys, now)
    found = [
        [contact_index.window_from_batch(one, lead_type.id, rows) for one in (ref, *more)]
        for ref, more in new
    ]
    return WindowMove(
        kept,
        [contact_index.put_window(window, now) for window in left],
        [(row.ref, _entering(facts, row, others, now)) for row, *others in found],
        tuple(f"{row.ref}/{row.version}" for row in (*left, *(row for some in found for row in some))),
    )


def within(move: WindowMove, facts: Facts, room: int, now: int) -> WindowMove:
    """Return the part of a move for which a transaction has room.

    If there is too little, the lead leaves its rows in a transaction before, and does not enter rows without room: then
    a later lead misses it there, and never meets a value that it no longer has. Raise Cancelled.
    """
    if len(move.writes) <= room:
        return move
    if move.left:
        token = batch.token_of("leave_windows", facts.lead_id, facts.version, now)
        batch.write([leads.require_version(facts, now), *move.left], token)
    entered = []
    for ref, writes in move.entered:
        room -= len(writes)
        if room >= 0:
            entered.append((ref, writes))
    return replace(move, left=(), entered=entered)


def have_equal_values(one: Person, other: Person, lead_type: LeadType, now: int) -> bool:
    """Return True if two leads of a lead type have the same values in a duplicate set, in any live form (CAM-4)."""
    for form in contact_forms(now).in_migration:
        values = _values(form, one, lead_type).items() & _values(form, other, lead_type).items()
        if values:
            return True
    return False


def _entering(facts: Facts, row: Window, others: Sequence[Window], now: int) -> list[batch.Write]:
    return [
        contact_index.put_window(entered_again(row, as_original(facts), now), now),
        *(contact_index.require_window(other, now) for other in others),
    ]


def _refs(form: KeyedForm, person: Person, lead_type: LeadType) -> dict[str, str]:
    return duplicate_refs(form.key, lead_type.id, _values(form, person, lead_type))


def _values(form: KeyedForm, person: Person, lead_type: LeadType) -> Mapping[str, tuple[str, ...]]:
    return duplicate_values(person.fields, person.phone_marks, lead_type, form.form)
