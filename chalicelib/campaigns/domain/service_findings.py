"""The findings about services that lack a field of the lead type, or decide nothing (CAM-13, CAM-21)."""

from collections.abc import Iterator, Mapping

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.finding import Finding, Severity
from chalicelib.campaigns.domain.services.options import is_on, may_be_accepted, several
from chalicelib.campaigns.domain.services.place import part_keys
from chalicelib.core.listing import listed
from chalicelib.organisation.domain.configuration import CONTACT_KINDS, LeadType

_PARTS = {
    "address": (
        ("street", "it never runs"),
        ("city", "it runs only for addresses that are written in one line"),
        ("state", "it runs only for addresses that are written in one line"),
        ("postal_code", "it runs only for addresses that are written in one line"),
    ),
    "city_state": (("postal_code", "it never runs"),),
}
_KINDS = {"line_type": ("phone",), "external_duplicate": CONTACT_KINDS}
_FIELD_OPTIONS = ("street", "street2", "city", "state", "postal_code", "country", "field")


def service_findings(campaign: Campaign, lead_type: LeadType | None) -> Iterator[Finding]:
    """Return a finding for each enabled service without the fields it needs, or whose option decides nothing."""
    if lead_type is None:
        return
    kinds = {field.key: field.kind for field in lead_type.fields if not field.retired}
    known = {**kinds, **{calculated.key: "text" for calculated in campaign.calculated}}
    for name, service in campaign.services.items():
        if service.enabled:
            yield from _unknown_fields(name, service.options, known)
            yield from _missing_fields(name, service.options, known)
            yield from _undecided(name, service.options)


def _unknown_fields(name: str, options: Mapping[str, str], kinds: Mapping[str, str]) -> Iterator[Finding]:
    for option in _FIELD_OPTIONS:
        if option in options and options[option] not in kinds:
            yield Finding(
                "service_option",
                Severity.ERROR,
                f"The lead type has no such field; it has: {listed(kinds)}.",
                "Name a field of the lead type, or leave the option out.",
                f"services.{name}.options.{option}",
            )


def _missing_fields(name: str, options: Mapping[str, str], kinds: Mapping[str, str]) -> Iterator[Finding]:
    for part, effect in _PARTS.get(name, ()):
        keys = part_keys(part, options)
        if part not in options and not any(key in kinds for key in keys):
            yield _without(
                name, part, effect, f"add one of the fields {listed(keys)}, or name yours in `{part}`"
            )
            if part == "street":
                return
    wanted = _KINDS.get(name, ())
    if wanted and not any(kind in wanted for kind in kinds.values()):
        yield _without(name, " or ".join(wanted), "it never runs", "add a field of this kind")


def _without(name: str, part: str, effect: str, fix: str) -> Finding:
    return Finding(
        "service_without_fields",
        Severity.WARNING,
        f"The service {name} needs a field for {part.replace('_', ' ')}, which the lead type lacks: {effect}.",
        f"To the lead type {fix}; or disable the service.",
        f"services.{name}",
    )


def _undecided(name: str, options: Mapping[str, str]) -> Iterator[Finding]:
    if name != "line_type" or "url" in options or not may_be_accepted(several(options.get("accept", ""))):
        return
    rejected = is_on(options, "reject_either")
    yield Finding(
        "accept_without_either",
        Severity.WARNING,
        "The numbering plan knows nearly all numbers of North America as `either` (mobile or fixed), "
        + ("so nearly all of these leads are rejected." if rejected else "so nothing is decided about them."),
        "Add `either` to `accept`, or a provider (`url`) that knows the line of a number.",
        f"services.{name}.options.accept",
    )
