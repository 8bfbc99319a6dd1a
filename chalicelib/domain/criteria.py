"""The criteria of a campaign: conditions on fields, regular expressions and calculated expressions (CAM-1, CAM-2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.domain.campaign_settings import Criteria
from chalicelib.domain.fields import Reading
from chalicelib.domain.setup import Campaign


@dataclass(frozen=True)
class Unmet:
    """A criterion that a lead does not meet: its name, and why: `not_met` or `unevaluable` (CAM-2)."""

    name: str
    why: str


def unmet(
    criteria: Criteria, campaign: Campaign, reading: Reading, calculated: Mapping[str, Any]
) -> Unmet | None:
    """Return the first criterion that the lead does not meet, or None if it is what the campaign wants (CAM-3)."""
    raise NotImplementedError


def calculate(campaign: Campaign, reading: Reading) -> dict[str, Any]:
    """Return the calculated fields of a lead, in their order; one that cannot be worked out is left out (CAM-1)."""
    return {}
