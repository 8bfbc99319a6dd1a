"""The results of validation services, and what they cost (CAM-13)."""

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from chalicelib.core.quick_dataclass import dataclass


@dataclass(frozen=True)
class ServiceResult:
    """The result of one service.

    `ran` is False if it had no input or could not answer; then it is not billed. `failed` is True if it did not answer
    in time. `passed` is its finding about the lead, None if it has none. `values` are stored with the person, next to
    the original ones. `detail` is for the trace and contains nothing personal.
    """

    ran: bool = True
    failed: bool = False
    passed: bool | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    detail: Mapping[str, Any] = field(default_factory=dict)


def not_run(why: str) -> ServiceResult:
    """Return the result of a service without input: not billed, and no finding about the lead."""
    return ServiceResult(ran=False, detail={"why": why})


def provider_failed(why: str) -> ServiceResult:
    """Return the result of a service that could not answer; `why` is one word, never a message."""
    return ServiceResult(ran=False, failed=True, detail={"why": why})
