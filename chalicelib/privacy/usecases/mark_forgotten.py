"""Ends a lead now, by request: from here on no reader sees its person, although its rows still exist (PRI-8)."""

from collections.abc import Iterable, Mapping
from dataclasses import field, replace

from chalicelib.aws.dynamodb import batch
from chalicelib.aws.dynamodb.retry import retrying
from chalicelib.core.access import Actor
from chalicelib.core.errors import Effect
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.leads.domain.duplicate_index import Window
from chalicelib.leads.domain.leads import Facts, Person
from chalicelib.leads.store import contact_index, leads, people
from chalicelib.leads.usecases.remove_from_duplicate_windows import remove_from_duplicate_windows
from chalicelib.ledger import store as ledger
from chalicelib.organisation.usecases.cached_organisation import cached_organisation
from chalicelib.privacy.domain import forgetting

_TRIES = 8


@dataclass(frozen=True)
class ReadTogether:
    """The persons of some leads and the rows of the duplicate index of their refs, read after the facts."""

    people: Mapping[str, Person] = field(default_factory=dict)
    windows: Mapping[str, list[Window]] = field(default_factory=dict)


def read_together(lead_ids: Iterable[str], now: int) -> ReadTogether:
    """Return what `mark_forgotten` needs of leads that share contacts: each row is read once, not for each lead."""
    found = people.get_many(lead_ids, now)
    refs = dict.fromkeys(ref for person in found.values() for ref in person.windows)
    return ReadTogether(found, {ref: contact_index.list_windows(ref) for ref in refs})


def mark_forgotten(
    actor: Actor,
    facts: Facts,
    effect: Effect,
    confirmed_by: str,
    now: int,
    *,
    at: int | None = None,
    read: ReadTogether | None = None,
) -> Facts | None:
    """End one lead now, with the ledger entry `forget_started`. Return its facts if rows are left to remove (PRI-8).

    From this transaction on no route shows the person, no later lead is a duplicate of it (RET-14), and nothing can
    be added. It prevails over concurrent changes (PRI-9), except for a legal hold: raise Conflict `legal_hold`. A lead
    of an order ends at the order's instant `at`: the clock of no reader is behind it. Its erasure begins with the same
    write. `read` saves reads in the first try.
    """

    def attempt(number: int) -> Facts | None:
        current = leads.get_as_stored(facts.lead_id, now) if number else facts
        if current is None or current.erased_at is not None:
            return None
        if not current.is_live(now):
            return current
        forgetting.require_forgettable([current], now)
        after = forgetting.forgotten(current, confirmed_by, now if at is None else at)
        if at is not None:
            from chalicelib.leads.domain.erasure import begin_erasure  # only for an order (B5)

            after = begin_erasure(after, now)
        return _mark(actor, current, after, effect, now, None if number else read)

    return retrying(attempt, tries=_TRIES, message="Others are changing the same lead: repeat the request.")


def _mark(
    actor: Actor, facts: Facts, after: Facts, effect: Effect, now: int, read: ReadTogether | None
) -> Facts:
    entry = forgetting.started_entry(actor, facts, effect, now)
    person = read.people.get(facts.lead_id) if read else people.get(facts.lead_id, now)
    known = read.windows if read else None
    windows = remove_from_duplicate_windows(facts.lead_id, person.windows, known) if person else []
    writes: list[batch.Write] = [
        leads.mark_forgotten(facts, after, now),
        ledger.insert(entry, cached_organisation(now)),
        *(contact_index.put_window(window, now) for window in windows),
    ]
    batch.write(
        writes, batch.token_of("forget", facts.lead_id, facts.version, now, after.confirmed_by, *windows)
    )
    return replace(after, version=facts.version + 1)
