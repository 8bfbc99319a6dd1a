"""Enters leads in the duplicate index after the intake, where their campaigns look for no duplicates (CAM-9)."""

from collections.abc import Mapping, Sequence
from dataclasses import field, replace

from chalicelib.aws.dynamodb import batch
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.leads.domain.duplicate_index import Window, as_original, entered_again
from chalicelib.leads.domain.leads import Facts, Person
from chalicelib.leads.store import contact_index, leads, people
from chalicelib.organisation import store as configuration


@dataclass(frozen=True)
class LateEntries:
    """The leads that enter the duplicate index with their count, by id, and the rows with them in it."""

    facts: Mapping[str, Facts] = field(default_factory=dict)
    windows: Sequence[Window] = ()

    def mark_counted(self, lead_id: str, now: int) -> batch.Write:
        """Return the write that marks a lead as counted, and as entered if it enters now."""
        facts = self.facts.get(lead_id)
        return leads.mark_counted(lead_id) if facts is None else leads.mark_counted_and_entered(facts, now)

    def writes(self, now: int) -> list[batch.Write]:
        """Return the writes of the rows. They belong in one transaction with the marks of the leads."""
        return [contact_index.put_window(window, now) for window in self.windows]

    @property
    def read(self) -> list[str]:
        """Return the versions of the rows, for the token of the transaction."""
        return [f"{window.ref}/{window.version}" for window in self.windows]


def late_entries(some: Sequence[Facts], now: int) -> LateEntries:
    """Return how the leads that have not entered the duplicate index do so. It reads persons and rows after the facts.

    A row must be as it was read, and a lead as well. So a forget, an erasure, a rejection or a correction comes before
    it or after it. Leads with equal values share the write of their row. A lead whose person is gone does not enter.
    """
    waiting = {facts.lead_id: facts for facts in some if _has_to_enter(facts, now)}
    persons = people.get_many(waiting, now) if waiting else {}
    keys = {lead_id: _row_keys(waiting[lead_id], person, now) for lead_id, person in persons.items()}
    rows = batch.read_many([key for each in keys.values() for key in each], now)
    read = {key: contact_index.window_of_key(key, rows) for each in keys.values() for key in each}
    after = dict(read)
    for lead_id, each in keys.items():
        for key in each:
            after[key] = entered_again(after[key], as_original(waiting[lead_id]), now)
    changed = [key for key, window in after.items() if window.originals != read[key].originals]
    return LateEntries(
        {lead_id: waiting[lead_id] for lead_id in keys},
        [replace(after[key], version=read[key].version + 1) for key in changed],
    )


def _has_to_enter(facts: Facts, now: int) -> bool:
    return facts.enters_later and facts.is_original and facts.is_live(now) and facts.erasing_at is None


def _row_keys(facts: Facts, person: Person, now: int) -> list[batch.Key]:
    """Return the keys of the rows that a lead enters, by the lead type of its campaign, which never changes."""
    campaign = configuration.cached(Campaign, facts.campaign_id, now)
    if campaign is None:
        return []
    return [contact_index.window_key(ref, campaign.lead_type_id) for ref in person.windows]
