"""Which leads the campaign wants (CAM-1 … CAM-3)."""

from chalicelib.domain.criteria import unmet
from chalicelib.domain.intake import Case, Finding, Settled, failed, passed, skipped
from chalicelib.domain.leads import Status

_RULE = "CAM-3"


def criteria(case: Case) -> Finding:
    """Reject a lead outside the criteria, naming the criterion that it does not meet."""
    wanted = case.campaign.criteria
    if wanted is None:
        return skipped("criteria", _RULE)
    found = unmet(wanted, case.campaign, case.reading, case.calculated)
    if found is None:
        return passed("criteria", _RULE)
    ending = Settled(Status.REJECTED, ("outside_criteria",))
    return failed("criteria", _RULE, ending, {"criterion": found.name, "why": found.why}, mild=True)
