"""The letter a lead is given (CAM-14)."""

from collections.abc import Sequence

from chalicelib.domain.intake import Case, Finding, Line, Outcome, Settled, failed, skipped
from chalicelib.domain.leads import Status

_RULE = "CAM-14"


def grade(case: Case, trace: Sequence[Line]) -> Finding:
    """Grade a lead by the points of the checks it passed; its letter may accept, hold or reject it."""
    wanted = case.campaign.grading or case.grading
    if wanted is None or not wanted.letters:
        return skipped("grade", _RULE)
    passed = {line.check for line in trace if line.outcome is Outcome.PASSED}
    points = sum(worth for check, worth in wanted.points.items() if check in passed)
    letter, action = next(
        ((letter, action) for letter, least, action in wanted.letters if points >= least),
        (wanted.letters[-1][0], wanted.letters[-1][2]),
    )
    detail = {"letter": letter, "points": points}
    if action == "reject":
        return failed("grade", _RULE, Settled(Status.REJECTED, ("low_grade",)), detail, mild=True)
    return Finding(
        Line("grade", Outcome.PASSED, _RULE, {**detail, "hold": True} if action == "hold" else detail)
    )
