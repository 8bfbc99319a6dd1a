"""Validation services: what they found out about a lead, and what they cost (CAM-13)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class ServiceResult:
    """What one service came to.

    `ran` is False where it had nothing to go by, or could not answer: then it is not billed. `failed` says that it
    could not answer in its time. `passed` is its judgement on the lead, None where it has none; `values` stand
    beside the original ones, with the person. `detail` is for the trace and holds nothing personal.
    """

    ran: bool = True
    failed: bool = False
    passed: bool | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    detail: Mapping[str, Any] = field(default_factory=dict)


def not_run(why: str) -> ServiceResult:
    """Return the result of a service that had nothing to go by: not billed, and nothing against the lead."""
    return ServiceResult(ran=False, detail={"why": why})


def provider_failed(why: str) -> ServiceResult:
    """Return the result of a service that could not answer; `why` is a word, never a message."""
    return ServiceResult(ran=False, failed=True, detail={"why": why})
