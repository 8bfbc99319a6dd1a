"""Leads that are shown with their persons say whether one of their contacts is blocked now (PRI-16)."""

from collections.abc import Sequence
from dataclasses import replace

from chalicelib.aws.dynamodb import batch
from chalicelib.aws.dynamodb.batch import BatchRows, Key
from chalicelib.blocks import store as blocks
from chalicelib.leads.domain.leads import StoredLead


def with_block_status(shown: Sequence[StoredLead], now: int) -> list[StoredLead]:
    """Return the leads with since when a contact of theirs is blocked, whenever that was done or lifted.

    One read for every hundred addresses of blocks. A lead without its person shows no number, and stays as it is.
    Raises Unavailable when the list cannot be read.
    """
    keys = [key for lead in shown for key in block_keys(lead)]
    rows = batch.read_many(keys, now)
    return [as_blocked(lead, rows) for lead in shown]


def block_keys(lead: StoredLead) -> list[Key]:
    """Return the addresses at which a block of the lead's contacts may stand."""
    return blocks.keys(_refs(lead), lead.facts.project_id)


def as_blocked(lead: StoredLead, batch_rows: BatchRows) -> StoredLead:
    """Return the lead with since when a contact of its person is blocked, by what a read of `block_keys` found."""
    if lead.person is None:
        return lead
    standing = blocks.from_batch(_refs(lead), lead.facts.project_id, batch_rows)
    since = min((block.blocked_at for block in standing), default=None)
    return replace(lead, facts=replace(lead.facts, blocked_at=since))


def _refs(lead: StoredLead) -> list[str]:
    return list(lead.person.refs) if lead.person else []
