"""Asks the campaign's validation services about a lead, within a time limit (CAM-13)."""

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
    """Return a function that asks the enabled services. It asks only once, however often it is called.

    `asked` keeps the answers for the next try of the same lead, by version of the settings. So a try after a concurrent
    write neither waits nor pays again.
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
    """Return the result of each enabled service. A service that fails or is too slow has a failed result.

    All services together take at most BUDGET_S seconds. Nothing is raised.
    """
    from chalicelib.campaigns.usecases import (
        run_services,  # data and libraries: only for campaigns that use them
    )

    enabled = {
        name: service for name, service in campaign.services.items() if service.enabled and name in SERVICES
    }
    subject = run_services.Subject(parsed, {**parsed.fields, **calculated}, region)
    return run_services.within(BUDGET_S, enabled, subject)


def available_services() -> frozenset[str]:
    """Return the services that can be enabled here: geolocation only with a database (CAM-21)."""
    from chalicelib.campaigns import gateways as geodata

    return frozenset(SERVICES) - (frozenset() if geodata.has_database() else {"geolocation"})
