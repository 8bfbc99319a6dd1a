"""Services that complete a lead: city, state and country, before a criterion that needs them (CAM-3, CAM-13)."""

from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.campaign_settings import Criteria
from chalicelib.campaigns.domain.services.place import part_keys
from chalicelib.campaigns.domain.services.result import ServiceResult
from chalicelib.organisation.domain.configuration import LeadType

_COMPLETED = {"city_state": ("city", "state", "country"), "geolocation": ("country",)}


def completing_services(
    campaign: Campaign, lead_type: LeadType | None, fields: Mapping[str, Any]
) -> tuple[str, ...]:
    """Return the enabled services that may give a field that the lead lacks and a criterion uses; usually none."""
    names = [name for name in _COMPLETED if name in campaign.services and campaign.services[name].enabled]
    if not names or lead_type is None or campaign.criteria is None:
        return ()
    used = _used_keys(campaign)
    return tuple(
        name for name in names if any(key in used for key, _ in _gaps(name, campaign, lead_type, fields))
    )


def completed_fields(
    campaign: Campaign,
    lead_type: LeadType | None,
    fields: Mapping[str, Any],
    results: Mapping[str, ServiceResult],
) -> dict[str, Any]:
    """Return the values that services found for fields that the lead lacks. The first service with a value decides."""
    values: dict[str, Any] = {}
    for name in _COMPLETED:
        if name in results and lead_type is not None:
            for key, part in _gaps(name, campaign, lead_type, fields):
                if part in results[name].values:
                    values.setdefault(key, results[name].values[part])
    return values


def _gaps(
    service: str, campaign: Campaign, lead_type: LeadType, fields: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """Return each field that the lead lacks and the service may give, with the part of an address that it is."""
    address = campaign.services.get("address")
    options = {**(address.options if address else {}), **campaign.services[service].options}
    own = {field.key for field in lead_type.fields if not (field.retired or field.multiple)}
    for part in _COMPLETED[service]:
        for key in part_keys(part, options):
            if key in own:
                if key not in fields:
                    yield key, part
                break


def _used_keys(campaign: Campaign) -> set[str]:
    """Return the fields that criteria use, directly or through calculated fields."""
    used = set(_named(campaign.criteria or {}))
    for calculated in reversed(campaign.calculated):
        if calculated.key in used:
            used |= set(_named({"expression": calculated.expression}))
    return used


def _named(criteria: Criteria) -> Iterator[str]:
    from chalicelib.campaigns.domain.criteria.cel import grammar
    from chalicelib.campaigns.domain.criteria.cel.problems import InvalidExpression

    if isinstance(criteria.get("field"), str):
        yield criteria["field"]
    if isinstance(criteria.get("expression"), str):
        try:
            yield from grammar.read(criteria["expression"]).fields
        except InvalidExpression:
            return
    for word in ("all", "any"):
        for member in criteria.get(word) or ():
            yield from _named(member)
