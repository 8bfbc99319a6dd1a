"""The letter a lead is given (CAM-14)."""

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


def grade(case: DecisionInput, trace: Sequence[TraceEntry]) -> CheckResult:
    """Grade a lead by the points of the checks it passed; its letter may accept, hold or reject it.

    The campaign's own grading takes the place of the organisation's as a whole; one without letters grades nothing.
    """
    wanted = case.grading if case.campaign.grading is None else case.campaign.grading
    if wanted is None or not wanted.letters:
        return skipped("grade", _RULE)
    passed = passed_checks(trace)
    points = sum(worth for check, worth in wanted.points.items() if check in passed)
    letter, action = letter_for(points, wanted)
    detail = {"letter": letter, "points": points}
    if action == "reject":
        return failed("grade", _RULE, Stored(Status.REJECTED, ("low_grade",)), detail, overridable=True)
    return CheckResult(
        TraceEntry(
            "grade", CheckOutcome.PASSED, _RULE, {**detail, "hold": True} if action == "hold" else detail
        )
    )


def passed_checks(trace: Sequence[TraceEntry]) -> frozenset[str]:
    """Return the checks that were passed, each validation service as `services.<name>`.

    A skipped check is not passed. `services` is passed where none of them is wrong or failed to answer; a service
    that did not run, or that knows nothing, is not passed either.
    """
    lines = {line.check for line in trace if line.outcome is CheckOutcome.PASSED and not _is_silent(line)}
    said = (line.detail or {} for line in trace if line.check == "services")
    return frozenset(lines | {f"services.{name}" for detail in said for name in detail.get("passed", ())})


def letter_for(points: int, grading: Grading) -> tuple[str, str]:
    """Return the letter with the highest threshold that the points reach, and its action; below all, the lowest."""
    falling = sorted(grading.letters, key=lambda letter: letter[1], reverse=True)
    letter, _, action = next((one for one in falling if points >= one[1]), falling[-1])
    return letter, action


def _is_silent(line: TraceEntry) -> bool:
    return line.check == "services" and bool((line.detail or {}).get("failed"))
