"""A campaign's validation services are asked about a lead, each within its time (CAM-13)."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from chalicelib.domain.fields import Reading
from chalicelib.domain.services import ServiceResult
from chalicelib.domain.setup import Campaign


def asked_once(
    campaign: Campaign, reading: Reading, calculated: Mapping[str, Any], region: str
) -> Callable[[], Mapping[str, ServiceResult]]:
    """Return what asks the services that are switched on, at most once however often it is called."""
    if not any(service.enabled for service in campaign.services.values()):
        return dict
    return cache(lambda: ask_services(campaign, reading, calculated, region))


def ask_services(
    campaign: Campaign, reading: Reading, calculated: Mapping[str, Any], region: str
) -> dict[str, ServiceResult]:
    """Return what each service that is switched on found; one that fails or is too slow says so in its result."""
    raise NotImplementedError
