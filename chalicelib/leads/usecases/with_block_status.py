"""Adds to leads that are shown with persons whether a contact of theirs is blocked now (PRI-16)."""

from collections.abc import Sequence
from dataclasses import replace

from chalicelib.aws.dynamodb import batch
from chalicelib.aws.dynamodb.batch import BatchRows, Key
from chalicelib.blocks.store import blocks
from chalicelib.leads.domain.leads import StoredLead


def with_block_status(shown: Sequence[StoredLead], now: int) -> list[StoredLead]:
    """Return the leads, each with the start of the earliest live block on its contacts, or none.

    One read for every hundred keys of blocks. A lead without a person is returned unchanged.
    Raise Unavailable if the blocks cannot be read.
    """
    keys = [key for lead in shown for key in block_keys(lead)]
    rows = batch.read_many(keys, now)
    return [as_blocked(lead, rows) for lead in shown]


def block_keys(lead: StoredLead) -> list[Key]:
    """Return the keys of all possible blocks of the lead's contacts."""
    return blocks.keys(_refs(lead), lead.facts.project_id)


def as_blocked(lead: StoredLead, batch_rows: BatchRows) -> StoredLead:
    """Return the lead with the start of the earliest block on its contacts, from a batch read of `block_keys`."""
    if lead.person is None:
        return lead
    live = blocks.from_batch(_refs(lead), lead.facts.project_id, batch_rows)
    since = min((block.blocked_at for block in live), default=None)
    return replace(lead, facts=replace(lead.facts, blocked_at=since))


def _refs(lead: StoredLead) -> list[str]:
    return lead.person.block_refs if lead.person else []
