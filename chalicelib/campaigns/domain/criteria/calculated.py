"""Fields that are computed from the lead's own fields (CAM-1)."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.campaign_settings import Calculated
from chalicelib.campaigns.domain.criteria.cel.problems import InvalidExpression, Unevaluable
from chalicelib.organisation.domain.configuration import LeadType
from chalicelib.organisation.domain.fields import ParsedSubmission

MAX_CHARACTERS = 1_000


def calculate(campaign: Campaign, parsed: ParsedSubmission) -> dict[str, Any]:
    """Return the calculated fields of a lead, in order, without those that cannot be computed (CAM-1).

    Each may use those before it. A lead with field errors has none.
    """
    if not campaign.calculated or parsed.errors:
        return {}
    from chalicelib.campaigns.domain.criteria.cel import engine

    values = {**parsed.side_fields, **parsed.fields}
    results: dict[str, Any] = {}
    for key, program in _programs(campaign.id, campaign.version, campaign.calculated):
        try:
            results[key] = _storable(engine.run(program, engine.scope({**values, **results})))
        except Unevaluable:
            continue
    return results


def not_personal(campaign: Campaign, lead_type: LeadType | None) -> frozenset[str]:
    """Return the keys that are not personal; none for an unknown lead type (data-model.md, Facts and person).

    These are the fields of the lead type that are not personal. Calculated fields are included if they are declared
    so, and use, directly or through others, only such fields. The lead type is read as it is now: if a field became
    personal after the campaign was saved, so did every field computed from it.
    """
    fields = lead_type.fields if lead_type is not None else ()
    plain = {field.key for field in fields if not (field.personal or field.retired)}
    declared = set(plain)
    for calculated in campaign.calculated:
        if _names_only(plain, calculated.expression):
            plain.add(calculated.key)
            if not calculated.personal:
                declared.add(calculated.key)
    return frozenset(declared)


def _names_only(keys: set[str], expression: str) -> bool:
    from chalicelib.campaigns.domain.criteria.cel import grammar

    try:
        return grammar.read(expression).fields.keys() <= keys
    except InvalidExpression:
        return False


@lru_cache(maxsize=128)
def _programs(
    campaign_id: str, version: int, calculated: Sequence[Calculated]
) -> tuple[tuple[str, Any], ...]:
    """Return a campaign's compiled calculated fields, once for each version, without invalid ones."""
    from chalicelib.campaigns.domain.criteria.cel import engine, grammar

    programs = []
    for entry in calculated:
        try:
            programs.append((entry.key, engine.compiled(grammar.read(entry.expression).text)))
        except InvalidExpression:
            continue
    return tuple(programs)


def _storable(value: Any) -> Any:
    if not isinstance(value, str | bool | int | float) or len(str(value)) > MAX_CHARACTERS:
        raise Unevaluable
    return value
