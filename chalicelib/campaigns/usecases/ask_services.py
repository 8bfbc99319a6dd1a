"""Asks the campaign's validation services about a lead, within a time limit (CAM-13)."""

import time
from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.services.result import ServiceResult
from chalicelib.organisation.domain.fields import ParsedSubmission
from chalicelib.organisation.domain.grading import SERVICES

BUDGET_S = 3.0

ServiceResults = dict[int, dict[str, ServiceResult]]


class ServiceQuestions:
    """The questions to the enabled services of one lead. Each service is asked at most once.

    `asked` keeps the answers for the next try of the same lead, by version of the settings. So a try after a concurrent
    write neither waits nor pays again.
    """

    def __init__(
        self,
        campaign: Campaign,
        parsed: ParsedSubmission,
        calculated: Mapping[str, Any],
        region: str,
        asked: ServiceResults | None = None,
    ) -> None:
        self._lead = (campaign, parsed, calculated, region)
        self._remembered: ServiceResults = {} if asked is None else asked
        self._left_s = BUDGET_S

    def all(self) -> Mapping[str, ServiceResult]:
        """Return the result of each enabled service."""
        return self.some(self._lead[0].services)

    def some(self, names: Iterable[str]) -> Mapping[str, ServiceResult]:
        """Return the results of those of these services that are enabled."""
        campaign = self._lead[0]
        wanted = [name for name in names if name in SERVICES and campaign.services[name].enabled]
        results = self._remembered.setdefault(campaign.version, {}) if wanted else {}
        unasked = [name for name in wanted if name not in results]
        if unasked:
            start = time.monotonic()
            results |= ask_services(*self._lead, only=unasked, budget_s=self._left_s)
            self._left_s = max(0.0, self._left_s - (time.monotonic() - start))
        return {name: results[name] for name in wanted}


def ask_services(
    campaign: Campaign,
    parsed: ParsedSubmission,
    calculated: Mapping[str, Any],
    region: str,
    *,
    only: Iterable[str] | None = None,
    budget_s: float | None = None,
) -> dict[str, ServiceResult]:
    """Return the result of each enabled service, or of some. A service that fails or is too slow has a failed result.

    All services together take at most BUDGET_S seconds. Nothing is raised.
    """
    from chalicelib.campaigns.usecases import (
        run_services,  # data and libraries: only for campaigns that use them
    )

    names = campaign.services if only is None else only
    enabled = {
        name: campaign.services[name]
        for name in names
        if campaign.services[name].enabled and name in SERVICES
    }
    subject = run_services.Subject(parsed, {**parsed.fields, **calculated}, region)
    return run_services.within(BUDGET_S if budget_s is None else budget_s, enabled, subject)


def available_services() -> frozenset[str]:
    """Return the services that can be enabled here: geolocation only with a database (CAM-21)."""
    from chalicelib.campaigns import gateways as geodata

    return frozenset(SERVICES) - (frozenset() if geodata.has_database() else {"geolocation"})
