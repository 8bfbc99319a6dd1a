"""The history of a lead in pages (WRK-16)."""

from chalicelib.http.schemas.base import Contract
from chalicelib.leads.schemas.leads import HistoryEvent

ROUTE = "/v1/leads/{lead_id}/history"


class HistoryPage(Contract):
    """A page of a lead's history, oldest entry first. The pages go back in time."""

    items: list[HistoryEvent]
    next: str | None
