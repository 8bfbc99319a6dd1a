"""The criteria of a campaign: conditions on fields, regular expressions and calculated expressions (CAM-1 … CAM-3).

How values are compared: texts without regard to case, width and outer blanks; a number in the criterion compares
as a number, true or false as such, a date or time by what it means; a field with several values by any of them
(`not_equals`, `none_of`: by none). Patterns (`matches`) see the value as it is stored. A field that is not there, or
that has more than 100 values, answers `exists` and `missing`; every other question about it is unevaluable,
`not_equals` and `none_of` too.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.campaign_settings import Calculated, Criteria
from chalicelib.campaigns.domain.criteria.calculated import calculate, not_personal
from chalicelib.campaigns.domain.criteria.comparison import describe_unmet
from chalicelib.campaigns.domain.criteria.conditions import Unmet, conditions_of
from chalicelib.campaigns.domain.criteria.lead_values import LeadValues
from chalicelib.organisation.domain.configuration import LeadType
from chalicelib.organisation.domain.fields import ParsedSubmission

__all__ = ["Unmet", "calculate", "describe", "not_personal", "unmet", "validate"]


def unmet(
    criteria: Criteria, campaign: Campaign, parsed: ParsedSubmission, calculated: Mapping[str, Any]
) -> Unmet | None:
    """Return the first criterion that the lead does not meet, or None if it is what the campaign wants (CAM-3).

    What cannot be evaluated is not met, as `unevaluable`; within `any` another branch may still meet it (CAM-2).
    """
    conditions = conditions_of(campaign.id, campaign.version, criteria)
    return conditions.unmet(LeadValues(_values(parsed, calculated)))


def describe(
    found: Unmet,
    campaign: Campaign,
    lead_type: LeadType | None,
    parsed: ParsedSubmission,
    calculated: Mapping[str, Any],
) -> dict[str, Any]:
    """Return what a trace tells of a criterion that is not met: the values compared, masked if personal (CAM-18)."""
    return describe_unmet(found, _values(parsed, calculated), not_personal(campaign, lead_type))


def _values(parsed: ParsedSubmission, calculated: Mapping[str, Any]) -> dict[str, Any]:
    return {**parsed.evidence, **parsed.fields, **calculated}


def validate(criteria: Criteria | None, calculated: Sequence[Calculated], lead_type: LeadType) -> None:
    """Refuse criteria and calculated fields that could not be evaluated, every flaw listed at once (CAM-2).

    Only who saves a campaign needs this; a lead's door starts without it.
    """
    from chalicelib.campaigns.domain.criteria import validation

    validation.validate(criteria, calculated, lead_type)
