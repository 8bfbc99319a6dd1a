"""Posts to a campaign and the conditions that hold afterwards, for the faults of intake."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from chalicelib import clock
from chalicelib.aws.dynamodb import rows
from chalicelib.core.access import Actor
from chalicelib.intake.usecases import limit_places
from chalicelib.intake.usecases.receive_lead import IntakeResult, Submission, receive_lead
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.store import contact_index, leads, leads_rows, people
from chalicelib.organisation import store as configuration
from tests.factories.leads import LEAD, NOW

KEY = "order-1"


@dataclass(frozen=True)
class SourceResult:
    """The part of a result that a source sees."""

    lead_id: str
    answer: object


def post(
    values: Mapping[str, Any] = LEAD,
    key: str | None = KEY,
    now: int = NOW,
    actor: Actor | None = None,
    campaign_id: str = "cmp_1",
) -> IntakeResult:
    """Post a lead as a new request, with a new id if it has no key."""
    return receive_lead(Submission(campaign_id, values, actor, clock.new_id("lead"), key), now)


def source_result(receipt: IntakeResult) -> SourceResult:
    """Return the part of a stored lead that the source sees."""
    assert receipt.facts is not None
    return SourceResult(receipt.facts.lead_id, receipt.facts.answer)


def race(count: int, **changes: Any) -> Sequence[IntakeResult]:
    """Post the same `count` times at once."""
    configuration.ConfigRow._get_connection()
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(lambda _: post(**changes), range(count)))


def restart() -> None:
    """Start as a fresh process does."""
    configuration.clear_cache()
    limit_places.clear_cache()
    rows.clear_cache()


def stored() -> list[Facts]:
    """Return every stored lead."""
    return [leads_rows.facts_of(row) for row in leads_rows.FactsRow.scan() if row.part == leads.LEAD]


def parts(lead_id: str, now: int = NOW) -> Iterator[bool]:
    """Return for each part of a lead whether it exists: facts, person, contact index, duplicate index."""
    facts = leads.get(lead_id, now)
    yield facts is not None
    person = people.get(lead_id, now)
    yield person is not None
    if person is not None:
        yield from (lead_id in contact_index.list_leads(ref, now) for ref in person.refs)
        entries = [
            original.lead_id
            for ref in person.windows
            for window in contact_index.list_windows(ref)
            for original in window.originals
        ]
        enters_later = facts is not None and facts.enters_later and not entries
        yield enters_later or entries == [lead_id] * len(person.windows)


def nothing_is_there() -> bool:
    """Return whether no table has anything of any lead. Refused posts have no person's value."""
    persons = [row for row in people.PersonRow.scan() if not row.lead_id.startswith(people.ATTEMPTS)]
    return not any(
        (persons, *(list(model.scan()) for model in (leads_rows.FactsRow, contact_index.ContactRow)))
    )
