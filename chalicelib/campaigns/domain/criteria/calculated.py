"""Fields that are worked out from the lead's own (CAM-1)."""

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
    """Return the calculated fields of a lead, in their order; one that cannot be worked out is left out (CAM-1).

    Each may use those before it. A lead that is refused for its fields has none.
    """
    if not campaign.calculated or parsed.errors:
        return {}
    from chalicelib.campaigns.domain.criteria.cel import engine

    values = {**parsed.evidence, **parsed.fields}
    found: dict[str, Any] = {}
    for key, program in _programs(campaign.id, campaign.version, campaign.calculated):
        try:
            found[key] = _storable(engine.run(program, engine.scope({**values, **found})))
        except Unevaluable:
            continue
    return found


def not_personal(campaign: Campaign, lead_type: LeadType | None) -> frozenset[str]:
    """Return the keys that are not personal; none for an unknown lead type (data-model.md, Facts and person).

    They are the fields of the lead type that are not personal, and the calculated fields that are declared so and
    name, directly or through others, nothing else. The type is asked as it is now: where a field of it became
    personal since the campaign was saved, so is what is worked out from it.
    """
    fields = lead_type.fields if lead_type is not None else ()
    plain = {entry.key for entry in fields if not (entry.personal or entry.retired)}
    declared = set(plain)
    for one in campaign.calculated:
        if _names_only(plain, one.expression):
            plain.add(one.key)
            if not one.personal:
                declared.add(one.key)
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
    """Return a campaign's calculated fields compiled, once for each version; one that makes no sense is left out."""
    from chalicelib.campaigns.domain.criteria.cel import engine, grammar

    ready = []
    for one in calculated:
        try:
            ready.append((one.key, engine.compiled(grammar.read(one.expression).text)))
        except InvalidExpression:
            continue
    return tuple(ready)


def _storable(value: Any) -> Any:
    if not isinstance(value, str | bool | int | float) or len(str(value)) > MAX_CHARACTERS:
        raise Unevaluable
    return value
