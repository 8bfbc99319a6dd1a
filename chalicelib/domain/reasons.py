"""Stable codes that say why a lead was refused, each with its message (vocabulary: reason)."""

MESSAGES = {
    "blocked": "A contact of this lead may not be contacted.",
    "campaign_not_active": "The campaign takes no leads at present.",
    "duplicate": "An earlier lead is the same person.",
}


def message_of(reason: str) -> str:
    """Return the message of a reason."""
    return MESSAGES[reason]
