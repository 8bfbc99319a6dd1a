"""The decisions on stored leads under a draft of a campaign's settings, in order of receipt (CAM-20)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypedDict

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.period_counts import PeriodCounts, with_one_more
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.intake.domain.limit_state import basis_of
from chalicelib.intake.domain.replays import ReplayedDecision, Rules, replay, state_of, verdict_then
from chalicelib.leads.domain.decision_basis import LimitsBasis
from chalicelib.leads.domain.leads import Facts, Person, Status

EvaluatedLead = tuple[Facts, Person | None]


class DraftStateJson(TypedDict):
    """A draft state in JSON."""

    state: LimitsBasis
    known: bool


@dataclass(frozen=True)
class DraftState:
    """The limits' state after the leads so far; `known` after the first lead that has recorded it."""

    state: PeriodCounts = PeriodCounts()
    known: bool = False

    def to_json(self) -> DraftStateJson:
        """Return the state in JSON values."""
        return {"state": basis_of(self.state), "known": self.known}


def draft_state_of(content: DraftStateJson) -> DraftState:
    """Return a draft state from its JSON values."""
    return DraftState(state_of(content["state"]), content["known"])


def evaluate_in_turn(
    leads: Sequence[EvaluatedLead],
    rules: Rules,
    original_campaign: Callable[[Facts], Campaign],
    taken: DraftState,
) -> tuple[list[ReplayedDecision], DraftState]:
    """Decide on leads again in order of receipt; return the decisions and the resulting state (CAM-10).

    Each lead finds the limits as the leads before it left them under these rules. The first one finds them as at its
    receipt. A lead without its person is not decided on, and takes the place it took then. `original_campaign` returns
    the campaign with the settings that decided on a lead.
    """
    replayed = []
    for facts, person in sorted(leads, key=_order):
        status = facts.original_status
        if person is not None:
            taken = taken if taken.known else _earlier_leads(taken, person)
            decision = replay(facts, person, rules, original_campaign(facts), taken.state)
            replayed.append(ReplayedDecision(facts, verdict_then(facts), decision, rules.campaign.version))
            status, _ = replayed[-1].again
        if status in (Status.ACCEPTED, Status.HELD) and not facts.test:
            taken = replace(taken, state=with_one_more(taken.state, facts.received_at, rules.project.zone))
    return replayed, taken


def _order(lead: EvaluatedLead) -> tuple[int, int]:
    """Sort by receipt, and within one second by the limits' count before the lead."""
    facts, person = lead
    limits = person.decided.get("limits") if person is not None else None
    return facts.received_at, limits["in_month"] if limits else 0


def _earlier_leads(taken: DraftState, person: Person) -> DraftState:
    """Return the state of the limits at the lead's receipt, or the current state if the campaign had no limits."""
    limits = person.decided.get("limits")
    return DraftState(state_of(limits) if limits else taken.state, known=True)
