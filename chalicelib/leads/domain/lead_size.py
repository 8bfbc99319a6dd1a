"""How many bytes a lead has in an answer (INT-16)."""

from chalicelib.core.paging import encoded_size_at_most
from chalicelib.leads.domain.leads import Activity, StoredLead

_FACTS = 7_000
_ENTRY = 800


def encoded_size_of(lead: StoredLead) -> int:
    """Return at most how many bytes a lead has in a list or an export. Facts have at most 2 KB as stored.

    The ids of its campaign, project and users are shown twice, and in an entry those of users (ACC-12).
    """
    entries = sum(map(encoded_size_of_entry, lead.activities))
    if lead.person is None:
        return _FACTS + entries
    person = lead.person
    return (
        _FACTS
        + entries
        + encoded_size_at_most([person.fields, person.extras, person.evidence, person.checked])
    )


def encoded_size_of_entry(entry: Activity) -> int:
    """Return at most how many bytes an entry of the history has."""
    return _ENTRY + encoded_size_at_most(entry.detail)
