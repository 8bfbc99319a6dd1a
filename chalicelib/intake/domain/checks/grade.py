"""The grade of a lead (CAM-14)."""

from collections.abc import Sequence

from chalicelib.intake.domain.decision import (
    CheckOutcome,
    CheckResult,
    DecisionInput,
    Stored,
    TraceEntry,
    failed,
    skipped,
)
from chalicelib.leads.domain.leads import Status
from chalicelib.organisation.domain.grading import Grading

_RULE = "CAM-14"
_SKIPPED = skipped("grade", _RULE)


def grade(case: DecisionInput, trace: Sequence[TraceEntry]) -> CheckResult:
    """Grade a lead by the points of its passed checks. The letter may accept, hold or reject it.

    The campaign's grading replaces the organisation's. A grading without letters gives no grade.
    """
    grading = case.grading if case.campaign.grading is None else case.campaign.grading
    if grading is None or not grading.letters:
        return _SKIPPED
    passed = passed_checks(trace)
    points = sum(worth for check, worth in grading.points.items() if check in passed)
    letter, action = letter_for(points, grading)
    detail = {"letter": letter, "points": points}
    if action == "reject":
        return failed("grade", _RULE, Stored(Status.REJECTED, ("low_grade",)), detail, overridable=True)
    return CheckResult(
        TraceEntry(
            "grade", CheckOutcome.PASSED, _RULE, {**detail, "hold": True} if action == "hold" else detail
        )
    )


def passed_checks(trace: Sequence[TraceEntry]) -> frozenset[str]:
    """Return the passed checks, each validation service as `services.<name>`.

    A skipped check is not passed. `services` is passed if no service found wrong data or failed to answer. A service
    that did not run, or has no finding, is not passed.
    """
    checks = {
        line.check for line in trace if line.outcome is CheckOutcome.PASSED and not _service_failed(line)
    }
    details = (line.detail or {} for line in trace if line.check == "services")
    return frozenset(checks | {f"services.{name}" for detail in details for name in detail.get("passed", ())})


def letter_for(points: int, grading: Grading) -> tuple[str, str]:
    """Return the letter with the highest threshold the points reach, and its action; the lowest letter below all."""
    best_first = sorted(grading.letters, key=lambda letter: letter[1], reverse=True)
    letter, _, action = next((letter for letter in best_first if points >= letter[1]), best_first[-1])
    return letter, action


def _service_failed(line: TraceEntry) -> bool:
    return line.check == "services" and bool((line.detail or {}).get("failed"))
