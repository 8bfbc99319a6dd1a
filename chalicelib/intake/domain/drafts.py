"""What a draft of a campaign's settings would have made of stored leads, one after the other (CAM-20)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypedDict

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.intake.domain.limit_state import LimitState, with_one_more
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
    """What the leads so far have taken of the limits; `known` once one of them has told what it found."""

    state: LimitState = LimitState()
    known: bool = False

    def to_json(self) -> DraftStateJson:
        """Return the state in JSON values."""
        return {"state": self.state.to_json(), "known": self.known}


def draft_state_of(content: DraftStateJson) -> DraftState:
    """Return a draft state from its JSON values."""
    return DraftState(state_of(content["state"]), content["known"])


def evaluate_in_turn(
    leads: Sequence[EvaluatedLead], rules: Rules, judged: Callable[[Facts], Campaign], taken: DraftState
) -> tuple[list[ReplayedDecision], DraftState]:
    """Judge leads again in the order they came in; return the decisions, and what they have taken then (CAM-10).

    Each lead finds the limits as those before it leave them under these rules, the first one as it found them when it
    came in. A lead without its person is not judged, and takes the place that it took. `judged` tells the campaign
    as it was when it judged a lead.
    """
    again = []
    for facts, person in sorted(leads, key=_order):
        status = facts.original_status
        if person is not None:
            taken = taken if taken.known else _earlier_leads(taken, person)
            decision = replay(facts, person, rules, judged(facts), taken.state)
            again.append(ReplayedDecision(facts, verdict_then(facts), decision, rules.campaign.version))
            status, _ = again[-1].again
        if status in (Status.ACCEPTED, Status.HELD) and not facts.test:
            taken = replace(taken, state=with_one_more(taken.state, facts.received_at, rules.project.zone))
    return again, taken


def _order(lead: EvaluatedLead) -> tuple[int, int]:
    """Order by receipt, and within one second by what had been taken before."""
    facts, person = lead
    limits = person.decided.get("limits") if person is not None else None
    return facts.received_at, limits["in_month"] if limits else 0


def _earlier_leads(taken: DraftState, person: Person) -> DraftState:
    """Begin with what the limits had taken when the lead came in; where there were none, with what was counted."""
    limits = person.decided.get("limits")
    return DraftState(state_of(limits) if limits else taken.state, known=True)
