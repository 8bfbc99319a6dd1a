"""The check of the sender (INT-5, ACC-6)."""

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.access import Actor, Permission
from chalicelib.core.errors import Forbidden, LeadwardenError, NotFound, Unauthenticated
from chalicelib.intake.domain.decision import (
    CheckResult,
    DecisionInput,
    RequestError,
    failed,
    passed,
    skipped,
)

_RULE = "INT-5"
_PASSED = passed("authentication", _RULE)
_SKIPPED = skipped("authentication", _RULE)


def authentication(case: DecisionInput) -> CheckResult:
    """Fail if the sender may not post to this campaign.

    Without a credential it fails only if the campaign requires one. A credential of another campaign always fails.
    """
    if case.actor is None:
        if case.campaign.require_authentication:
            return _refused(
                Unauthenticated(
                    "This campaign accepts leads only with one of its source credentials: send the header "
                    "`Authorization: Bearer lw_source_…`."
                )
            )
        return _SKIPPED
    error = _objection(case.actor, case.campaign)
    if error is None:
        return _PASSED
    return _refused(error, bad_credential=case.actor.kind == "credential")


def _objection(actor: Actor, campaign: Campaign) -> LeadwardenError | None:
    if actor.kind == "credential":
        if campaign.id in actor.campaign_ids:
            return None
        return Forbidden(
            "This source credential is for other campaigns; an admin can add this campaign to it."
        )
    if not actor.belongs_to(campaign.project_id):
        return NotFound("There is no such campaign.")
    if actor.kind == "user" and not actor.has(Permission.LEADS_ASSIGN):
        return Forbidden("This needs the permission leads.assign.")
    return None


def _refused(error: LeadwardenError, *, bad_credential: bool = False) -> CheckResult:
    return failed("authentication", _RULE, RequestError(error, bad_credential), {"code": error.code})
