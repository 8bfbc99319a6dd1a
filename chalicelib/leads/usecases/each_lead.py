"""Changes many leads of a project, each independently of the others."""

from collections.abc import Callable, Iterable

from chalicelib.core.errors import LeadwardenError, NotFound
from chalicelib.leads.domain.lead_work import BulkItemResult
from chalicelib.leads.store import leads


def each_lead(
    project_id: str, lead_ids: Iterable[str], change: Callable[[str], object], now: int
) -> list[BulkItemResult]:
    """Call `change` with the id of each lead; return the result of each, in the same order.

    An error of one lead is its result, and does not stop the others. A lead of another project is not found.
    """
    return [_result(project_id, lead_id, change, now) for lead_id in lead_ids]


def _result(project_id: str, lead_id: str, change: Callable[[str], object], now: int) -> BulkItemResult:
    try:
        facts = leads.get(lead_id, now)
        if facts is None or facts.project_id != project_id:
            raise NotFound("There is no such lead.")
        change(lead_id)
    except LeadwardenError as error:
        return BulkItemResult(lead_id, error.code)
    return BulkItemResult(lead_id)
