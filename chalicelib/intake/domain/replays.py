"""A stored decision is made again from what stayed with the lead (CAM-20)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.criteria.evaluation import calculate
from chalicelib.campaigns.domain.services.result import ServiceResult
from chalicelib.core.access import Actor
from chalicelib.intake.domain import new_lead
from chalicelib.intake.domain.checks.criteria import as_then, criteria
from chalicelib.intake.domain.checks.order import CHECKS, LAST
from chalicelib.intake.domain.decision import Check, DecisionInput, Evaluation, Stored, decide
from chalicelib.intake.domain.decision_record import unmet_then
from chalicelib.intake.domain.limit_state import LimitState
from chalicelib.leads.domain.decision_basis import LimitsBasis, OriginalBasis
from chalicelib.leads.domain.duplicate_index import Original, Window
from chalicelib.leads.domain.leads import Facts, Person, Status
from chalicelib.organisation.domain.configuration import LeadType, Project
from chalicelib.organisation.domain.fields import ParsedSubmission
from chalicelib.organisation.domain.grading import Grading

Verdict = tuple[Status, str | None]


@dataclass(frozen=True)
class Rules:
    """What a decision is made under. `grading` is for campaigns without one of their own."""

    campaign: Campaign
    lead_type: LeadType
    project: Project
    grading: Grading | None


@dataclass(frozen=True)
class ReplayedDecision:
    """One decision made again."""

    facts: Facts
    then: Verdict
    decision: Evaluation
    version: int

    @property
    def again(self) -> Verdict:
        """Return the verdict that comes out now."""
        ending = self.decision.decision
        if not isinstance(ending, Stored):
            return Status.REJECTED, "campaign_not_active"
        return ending.status, ending.reasons[0] if ending.reasons else None


def replay(
    facts: Facts, person: Person, rules: Rules, judged: Campaign, taken: LimitState | None = None
) -> Evaluation:
    """Return the decision on a stored lead under these rules, at the instant of its receipt (CAM-20).

    What it went by then is what stayed with the person: its fields as they came, the earlier leads that were known,
    what the services said, and what the limits had taken, unless `taken` says otherwise. A service that was not asked
    then is not asked now. `judged` is the campaign as it was when it judged the lead: criteria that ask the same are
    not asked again once a contact was corrected, for it is not kept; what they came to is.
    """
    campaign, seen = rules.campaign, person.decided
    reading = _reading(facts, person, {one.key for one in (*judged.calculated, *campaign.calculated)})
    kept = _keeps(facts, person, campaign, judged)
    services = {name: ServiceResult(**result) for name, result in seen.get("services", {}).items()}
    case = DecisionInput(
        campaign=campaign,
        actor=_sender(facts, campaign),
        parsed=reading,
        password_hash=campaign.password_hash,
        digest="",
        now=facts.received_at,
        windows=[_window(seen.get("originals", ()))],
        limits=state_of(seen.get("limits")) if taken is None else taken,
        zone=rules.project.zone,
        lead_type=rules.lead_type,
        calculated=_calculated_then(facts, person, judged) if kept else calculate(campaign, reading),
        grading=rules.grading,
        ask_services=lambda: _service_results(campaign, services),
    )
    return decide(case, _checks(facts) if kept and campaign.criteria else CHECKS, LAST)


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


def state_of(state: LimitsBasis | None) -> LimitState:
    """Return what limits had taken, as it was written down in JSON; nothing without it."""
    if state is None:
        return LimitState()
    return LimitState(
        minute=state["minute"],
        taken=state["taken"],
        before={int(minute): count for minute, count in state["before"].items()},
        day=state["day"],
        in_day=state["in_day"],
        in_month=state["in_month"],
    )


def _sender(facts: Facts, campaign: Campaign) -> Actor | None:
    """Return who sent the lead, as one who may: a lead that was stored had passed the door (CAM-14 gives points)."""
    match facts.source_kind:
        case "credential":
            return Actor(kind="credential", id=facts.source_id, campaign_ids=frozenset({campaign.id}))
        case new_lead.ANYONE if not campaign.require_authentication:
            return None
    return Actor(kind="job", id="replay", project_ids=frozenset({campaign.project_id}))


def _reading(facts: Facts, person: Person, calculated: Collection[str]) -> ParsedSubmission:
    """Return the lead as it came, without what was worked out from it; a contact that came as it is now."""
    came = person.decided
    fields = person.fields
    if "fields" in came:
        fields = {**came["fields"], **{key: fields[key] for key in came["contacts"] if key in fields}}
    given = {key: value for key, value in fields.items() if key not in calculated}
    return ParsedSubmission(given, person.extras, person.evidence, (), (), facts.test)


def _keeps(facts: Facts, person: Person, campaign: Campaign, judged: Campaign) -> bool:
    """Tell whether the criteria's outcome of then stands: a contact is another now, and they ask what they asked."""
    asked = verdict_then(facts)[1] != "no_consent"
    same = (campaign.criteria, campaign.calculated) == (judged.criteria, judged.calculated)
    return asked and same and "contacts_corrected" in person.decided


def _calculated_then(facts: Facts, person: Person, judged: Campaign) -> dict[str, Any]:
    """Return the calculated fields as they were worked out when the lead came in: with its facts, or its fields."""
    values = {**person.decided["fields"], **facts.calculated}
    return {one.key: values[one.key] for one in judged.calculated if one.key in values}


def _checks(facts: Facts) -> tuple[Check, ...]:
    then = as_then(unmet_then(facts.failed))
    return tuple(then if check is criteria else check for check in CHECKS)


def _window(originals: Iterable[OriginalBasis]) -> Window:
    return Window("", "", tuple(Original(**one) for one in originals))


def _service_results(campaign: Campaign, results: Mapping[str, ServiceResult]) -> dict[str, ServiceResult]:
    on = [name for name, service in campaign.services.items() if service.enabled]
    return {name: results.get(name, ServiceResult(ran=False)) for name in on}
