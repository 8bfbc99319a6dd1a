"""Reads the names of the agents of leads, of disabled ones, too (USE-U6)."""

from collections.abc import Sequence

from chalicelib.aws.dynamodb import batch
from chalicelib.leads.domain.leads import StoredLead
from chalicelib.organisation import store as configuration
from chalicelib.users.domain.users import User


def agent_names(shown: Sequence[StoredLead], now: int) -> dict[str, str]:
    """Return the name of each lead's agent by user id, from one batch read; an unknown user has none."""
    ids = sorted({lead.facts.agent_id for lead in shown if lead.facts.agent_id is not None})
    if not ids:
        return {}
    rows = batch.read_many([configuration.key(User, user_id) for user_id in ids], now)
    users = (configuration.from_batch(User, user_id, rows) for user_id in ids)
    return {user.id: user.name for user in users if user is not None}
