"""The settings groups with which a campaign decides on its leads (CAM)."""

from dataclasses import field
from decimal import Decimal
from typing import Any, Literal

from chalicelib.core.quick_dataclass import dataclass

DEFAULT_CONSENT_TEXT = (
    "By submitting this form I agree to be contacted at the number and address given, also by automated means. "
    "My consent is not a condition of any purchase."
)
SCOPES = ("campaign", "project", "organisation")


@dataclass(frozen=True)
class Duplicates:
    """Whether duplicates are looked for, and among which earlier leads (CAM-5 … CAM-8)."""

    enabled: bool = False
    days: int = 30
    scope: Literal["campaign", "project", "organisation"] = "project"
    check_rejected: bool = False
    append: bool = False
    resend: bool = False


@dataclass(frozen=True)
class Limits:
    """The most leads in 60 minutes, and in a day and a month of the project's zone; None: no limit (CAM-10)."""

    hourly: int | None = None
    daily: int | None = None
    monthly: int | None = None

    @property
    def are_set(self) -> bool:
        """Return True if there is any limit."""
        return (self.hourly, self.daily, self.monthly) != (None, None, None)


@dataclass(frozen=True)
class Consent:
    """The consent text; `version` counts its changes, and leads keep the hash of their text (CAM-11)."""

    enabled: bool = False
    text: str = DEFAULT_CONSENT_TEXT
    notify: str | None = None
    reject: bool = True
    version: int = 1


@dataclass(frozen=True)
class Service:
    """One validation service: whether it is enabled, its price for a lead, and its options (CAM-13)."""

    enabled: bool = False
    price: Decimal | None = None
    options: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Phones:
    """What becomes of a lead with a number that is possible, but that no numbering plan assigns (INT-7)."""

    unverified: Literal["accept", "hold", "reject"] = "accept"


@dataclass(frozen=True)
class Quality:
    """Which leads go to quality control, and where rejected leads go (CAM-15, CAM-16)."""

    hold_all: bool = False
    reject_to: Literal["source", "quality", "delivery"] = "source"
    on_service_failure: Literal["hold", "continue"] = "hold"


@dataclass(frozen=True)
class Calculated:
    """A field computed from the lead's own fields; kept with the facts, or if personal with the person (CAM-1)."""

    key: str
    expression: str
    personal: bool = True


Criteria = dict[str, Any]
