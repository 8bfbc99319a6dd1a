"""A stored decision is made again from what stayed with the lead (CAM-20)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.domain import arrival
from chalicelib.domain.access import Actor
from chalicelib.domain.campaign_settings import Grading
from chalicelib.domain.checks.order import CHECKS, LAST
from chalicelib.domain.criteria import calculate
from chalicelib.domain.fields import Reading
from chalicelib.domain.intake import Case, Decision, Settled, decide
from chalicelib.domain.leads import Facts, Person, Status
from chalicelib.domain.limits import LimitState
from chalicelib.domain.services import ServiceResult
from chalicelib.domain.setup import Campaign, Project
from chalicelib.domain.windows import Original, Window

Verdict = tuple[Status, str | None]


@dataclass(frozen=True)
class Redecided:
    """One decision made again."""

    facts: Facts
    then: Verdict
    decision: Decision
    version: int

    @property
    def again(self) -> Verdict:
        """Return the verdict that comes out now."""
        ending = self.decision.ending
        if not isinstance(ending, Settled):
            return Status.REJECTED, "campaign_not_active"
        return ending.status, ending.reasons[0] if ending.reasons else None


def decided_again(
    facts: Facts, person: Person, campaign: Campaign, project: Project, grading: Grading | None
) -> Decision:
    """Return the decision on a stored lead under a campaign's settings, at the instant of its receipt (CAM-20).

    What it went by then is what stayed with the person: its fields as they came, the earlier leads that were
    known, what the limits had taken, what the services said. A service that was not asked then is not asked now.
    `grading` is for campaigns without one of their own.
    """
    reading = _reading(facts, person)
    seen = person.decided
    services = {name: ServiceResult(**result) for name, result in seen.get("services", {}).items()}
    case = Case(
        campaign=campaign,
        actor=_sender(facts, campaign),
        reading=reading,
        password_hash=campaign.password_hash,
        digest="",
        now=facts.received_at,
        windows=[_window(seen.get("originals", ()))],
        limits=_limits(seen.get("limits")),
        zone=project.zone,
        calculated=calculate(campaign, reading),
        grading=grading,
        ask_services=lambda: _asked(campaign, services),
    )
    return decide(case, CHECKS, LAST)


def grading_then(person: Person) -> Grading | None:
    """Return the organisation's grading by which the lead was judged, if it was (CAM-14, CAM-20)."""
    kept = person.decided.get("grading")
    if kept is None:
        return None
    return Grading(
        kept["points"], tuple((letter, points, action) for letter, points, action in kept["letters"])
    )


def verdict_then(facts: Facts) -> Verdict:
    """Return the verdict as it was given at the door, whatever a reviewer made of it since."""
    if facts.answer is None:
        return facts.status, facts.reasons[0] if facts.reasons else None
    return facts.answer.status, facts.answer.reason


def _sender(facts: Facts, campaign: Campaign) -> Actor | None:
    """Return who sent the lead, as one who may: a lead that was stored had passed the door (CAM-14 gives points)."""
    match facts.source_kind:
        case "credential":
            return Actor(kind="credential", id=facts.source_id, campaign_ids=frozenset({campaign.id}))
        case arrival.ANYONE if not campaign.require_authentication:
            return None
    return Actor(kind="job", id="replay", project_ids=frozenset({campaign.project_id}))


def _reading(facts: Facts, person: Person) -> Reading:
    fields = {**person.fields, **person.decided.get("fields", {})}
    return Reading(fields, person.extras, person.evidence, (), (), facts.test)


def _window(originals: Any) -> Window:
    return Window("", "", tuple(Original(**one) for one in originals))


def _limits(state: Mapping[str, Any] | None) -> LimitState:
    if state is None:
        return LimitState()
    before = {int(minute): count for minute, count in state["before"].items()}
    return LimitState(**{**state, "before": before})


def _asked(campaign: Campaign, results: Mapping[str, ServiceResult]) -> dict[str, ServiceResult]:
    on = [name for name, service in campaign.services.items() if service.enabled]
    return {name: results.get(name, ServiceResult(ran=False)) for name in on}
