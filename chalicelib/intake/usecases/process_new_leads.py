"""Process many new leads of the stream: they share reads and counts (PRI-17; data-model.md, Statistics)."""

from collections.abc import Callable, Sequence

from chalicelib import observability
from chalicelib.aws.dynamodb import batch
from chalicelib.aws.dynamodb.retry import retrying
from chalicelib.blocks.store import blocks
from chalicelib.intake.usecases.count_leads import count_leads, groups_of
from chalicelib.intake.usecases.process_new_lead import BUSY, follow_by_settings, is_open, process_new_lead
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.store import leads, people
from chalicelib.leads.store.leads import NewLead

_TRIES = 4


def process_new_leads(lead_ids: Sequence[str], now: int) -> Callable[[str], None]:
    """Check the blocks of many leads and count them, with few calls. Return what completes one of them.

    The result is that of `process_new_lead` for each of them. To complete a lead is to append or resend a duplicate. A
    lead with a block, and a lead that could not be counted with the others, is then processed by itself: so a lead that
    fails stops no other.
    """
    together = _process_together(lead_ids, now)

    def complete(lead_id: str) -> None:
        facts = together.get(lead_id)
        if facts is None:
            process_new_lead(lead_id, now)
        else:
            _complete(facts, now)

    return complete


def _process_together(lead_ids: Sequence[str], now: int) -> dict[str, Facts]:
    """Return the leads that have no block and are counted, with the blocks checked first (PRI-17)."""
    try:
        free = _without_block(leads.get_many_new(lead_ids, now), now)
    except Exception as error:  # noqa: BLE001  # each lead by itself shows which one fails
        observability.log_failure(error, function="after_intake")
        return {}
    counted = [new.facts for new in free if new.is_counted or new.facts.test]
    for group in groups_of([new.facts for new in free if not new.is_counted and not new.facts.test]):
        counted += _count_group(group, now)
    return {facts.lead_id: facts for facts in counted}


def _without_block(found: Sequence[NewLead], now: int) -> list[NewLead]:
    """Return those of the leads whose contacts have no block, and those for which a block changes nothing."""
    opened = {new.facts.lead_id: new.facts for new in found if is_open(new.facts, now)}
    persons = people.get_many(opened, now)
    keys = [
        key
        for lead_id, person in persons.items()
        for key in blocks.keys(person.block_refs, opened[lead_id].project_id)
    ]
    rows = batch.read_many(keys, now)
    blocked = {
        lead_id
        for lead_id, person in persons.items()
        if blocks.from_batch(person.block_refs, opened[lead_id].project_id, rows)
    }
    return [new for new in found if new.facts.lead_id not in blocked]


def _count_group(group: Sequence[Facts], now: int) -> list[Facts]:
    """Count leads in one transaction. Return them, or none if others keep writing the same rows.

    After a cancelled try the leads are read again, and another row of the statistics is chosen.
    """
    waiting = list(group)

    def attempt(number: int) -> None:
        if number:
            found = leads.get_many_new([facts.lead_id for facts in waiting], now)
            waiting[:] = [new.facts for new in found if not new.is_counted]
        if waiting:
            count_leads(waiting, number, now)

    try:
        retrying(attempt, tries=_TRIES, message=BUSY)
    except Exception as error:  # noqa: BLE001  # each lead by itself shows which one fails
        observability.log_failure(error, function="after_intake")
        return []
    return list(group)


def _complete(facts: Facts, now: int) -> None:
    retrying(lambda _: follow_by_settings(facts, now), tries=_TRIES, message=BUSY)
