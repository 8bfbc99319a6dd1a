"""A campaign's validation services are asked about a lead, each within its time (CAM-13)."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.services.result import ServiceResult
from chalicelib.organisation.domain.fields import ParsedSubmission
from chalicelib.organisation.domain.grading import SERVICES

BUDGET_S = 3.0

ServiceResults = dict[int, Mapping[str, ServiceResult]]


def ask_once(
    campaign: Campaign,
    parsed: ParsedSubmission,
    calculated: Mapping[str, Any],
    region: str,
    asked: ServiceResults | None = None,
) -> Callable[[], Mapping[str, ServiceResult]]:
    """Return what asks the services that are switched on, at most once however often it is called.

    `asked` remembers the answers from one try of the same lead to the next, by the version of the settings: a try
    that met another write neither waits nor pays again.
    """
    if not any(service.enabled for service in campaign.services.values()):
        return dict
    remembered: ServiceResults = {} if asked is None else asked

    @cache
    def ask() -> Mapping[str, ServiceResult]:
        if campaign.version not in remembered:
            remembered[campaign.version] = ask_services(campaign, parsed, calculated, region)
        return remembered[campaign.version]

    return ask


def ask_services(
    campaign: Campaign, parsed: ParsedSubmission, calculated: Mapping[str, Any], region: str
) -> dict[str, ServiceResult]:
    """Return what each service that is switched on found; one that fails or is too slow says so in its result.

    All of them together take BUDGET_S seconds at most, and nothing is raised.
    """
    from chalicelib.campaigns.usecases import (
        run_services,  # data and libraries: only for campaigns that use them
    )

    enabled = {name: one for name, one in campaign.services.items() if one.enabled and name in SERVICES}
    subject = run_services.Subject(parsed, {**parsed.fields, **calculated}, region)
    return run_services.within(BUDGET_S, enabled, subject)


def available_services() -> frozenset[str]:
    """Return the services that can be switched on here: geolocation only where there is a database (CAM-21)."""
    from chalicelib.campaigns import gateways as geodata

    return frozenset(SERVICES) - (frozenset() if geodata.has_database() else {"geolocation"})
