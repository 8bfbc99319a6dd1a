"""Ends a lead now, by request: from here on no reader sees its person, although its rows still exist (PRI-8)."""

from dataclasses import replace

from chalicelib.aws.dynamodb import batch
from chalicelib.aws.dynamodb.retry import retrying
from chalicelib.core.access import Actor
from chalicelib.core.errors import Effect
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.store import contact_index, leads, people
from chalicelib.leads.usecases.remove_from_duplicate_windows import remove_from_duplicate_windows
from chalicelib.ledger import store as ledger
from chalicelib.organisation.usecases.cached_organisation import cached_organisation
from chalicelib.privacy.domain import forgetting

_TRIES = 8


def mark_forgotten(
    actor: Actor, facts: Facts, effect: Effect, confirmed_by: str, now: int, *, at: int | None = None
) -> Facts | None:
    """End one lead now, with the ledger entry `forget_started`. Return its facts if rows are left to remove (PRI-8).

    From this transaction on no route shows the person, no later lead is a duplicate of it (RET-14), and nothing can
    be added. It prevails over concurrent changes (PRI-9), except for a legal hold: raise Conflict `legal_hold`. A lead
    of an order ends at the order's instant `at`: the clock of no reader is behind it.
    """

    def attempt(number: int) -> Facts | None:
        current = leads.get_as_stored(facts.lead_id, now) if number else facts
        if current is None or current.erased_at is not None:
            return None
        if not current.is_live(now):
            return current
        forgetting.require_forgettable([current], now)
        return _mark(actor, current, effect, confirmed_by, now, now if at is None else at)

    return retrying(attempt, tries=_TRIES, message="Others are changing the same lead: repeat the request.")


def _mark(actor: Actor, facts: Facts, effect: Effect, confirmed_by: str, now: int, at: int) -> Facts:
    after = forgetting.forgotten(facts, confirmed_by, at)
    entry = forgetting.started_entry(actor, facts, effect, now)
    person = people.get(facts.lead_id, now)
    windows = remove_from_duplicate_windows(facts.lead_id, person.windows) if person else []
    writes: list[batch.Write] = [
        leads.mark_forgotten(facts, after, now),
        ledger.insert(entry, cached_organisation(now)),
        *(contact_index.put_window(window, now) for window in windows),
    ]
    batch.write(writes, batch.token_of("forget", facts.lead_id, facts.version, now, confirmed_by, *windows))
    return replace(after, version=facts.version + 1)
