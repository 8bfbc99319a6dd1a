"""The criteria of a campaign: conditions on fields, regular expressions and CEL expressions (CAM-1 … CAM-3).

Texts are compared without regard to case, width and outer blanks. A number in a criterion compares as a number, true
and false as such, a date or time by its meaning. A field with several values matches by any of them (`not_equals` and
`none_of`: by none). Patterns (`matches`) see the stored value. A field that is missing, or has more than 100 values,
answers `exists` and `missing`. Every other condition on it is unevaluable, `not_equals` and `none_of` too.
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

__all__ = ["Unmet", "calculate", "not_personal", "trace_detail", "unmet", "validate"]


def unmet(
    criteria: Criteria, campaign: Campaign, parsed: ParsedSubmission, calculated: Mapping[str, Any]
) -> Unmet | None:
    """Return the first criterion that the lead does not meet, or None if it meets all (CAM-3).

    A criterion that cannot be evaluated is not met, as `unevaluable`. Within `any` another branch may be met (CAM-2).
    """
    conditions = conditions_of(campaign.id, campaign.version, criteria)
    return conditions.unmet(LeadValues(_values(parsed, calculated)))


def trace_detail(
    criterion: Unmet,
    campaign: Campaign,
    lead_type: LeadType | None,
    parsed: ParsedSubmission,
    calculated: Mapping[str, Any],
) -> dict[str, Any]:
    """Return an unmet criterion for the trace: the compared values, masked if personal (CAM-18)."""
    return describe_unmet(criterion, _values(parsed, calculated), not_personal(campaign, lead_type))


def _values(parsed: ParsedSubmission, calculated: Mapping[str, Any]) -> dict[str, Any]:
    return {**parsed.side_fields, **parsed.fields, **calculated}


def validate(criteria: Criteria | None, calculated: Sequence[Calculated], lead_type: LeadType) -> None:
    """Raise Invalid with every error of criteria and calculated fields that could not be evaluated (CAM-2).

    It is loaded only when a campaign is saved, so that the intake starts without it.
    """
    from chalicelib.campaigns.domain.criteria import validation

    validation.validate(criteria, calculated, lead_type)
