"""Forget orders: every lead of a contact that is being forgotten, before each lead has its mark (PRI-8a)."""

from collections.abc import Collection
from dataclasses import replace

from chalicelib.core.access import ALL_PROJECTS
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.leads.domain.leads import Facts

MAX_OPEN = 100
MAX_LOOKS_OPEN = 20
"""With so many open orders a small forget looks once more without one: each open order costs every reader a look-up."""


@dataclass(frozen=True)
class OrderReading:
    """One reading of the contact: its refs, and the projects that read the contact so; `("*",)` for all projects."""

    refs: tuple[str, ...]
    projects: tuple[str, ...]

    def has_project(self, project_id: str) -> bool:
        """Return True if the reading is for leads of this project."""
        return ALL_PROJECTS in self.projects or project_id in self.projects


@dataclass(frozen=True)
class ForgetOrder:
    """The order to forget every lead of a contact that was received up to an instant.

    `id` is the id of its job. A national number may be another number in another project. So each reading has its own
    refs and projects (PRI-6). Most orders have one reading.
    """

    id: str
    readings: tuple[OrderReading, ...]
    at: int

    @property
    def refs(self) -> tuple[str, ...]:
        """Return the refs of all readings, each once."""
        return tuple(dict.fromkeys(ref for reading in self.readings for ref in reading.refs))

    def refs_in(self, project_id: str) -> tuple[str, ...]:
        """Return the refs that the order has for leads of this project."""
        fitting = (reading.refs for reading in self.readings if reading.has_project(project_id))
        return tuple(dict.fromkeys(ref for refs in fitting for ref in refs))

    def has_lead(self, refs: Collection[str], project_id: str, received_at: int) -> bool:
        """Return True if project and instant fit, and one of these refs."""
        return received_at <= self.at and any(ref in refs for ref in self.refs_in(project_id))

    def may_cover(self, facts: Facts) -> bool:
        """Return True if project and instant fit; one of the lead's refs must be in the order as well."""
        return facts.received_at <= self.at and bool(self.refs_in(facts.project_id))


@dataclass(frozen=True)
class OpenOrders:
    """The open orders, and the version of their list. Each new order and each new legal hold changes the version."""

    orders: tuple[ForgetOrder, ...] = ()
    version: int = 0

    def for_lead(self, facts: Facts, now: int) -> list[ForgetOrder]:
        """Return the orders that may cover a lead. A lead that is gone or under a legal hold needs none (RET-19)."""
        if not facts.is_live(now) or facts.retention.has_legal_hold(now):
            return []
        return [order for order in self.orders if order.may_cover(facts)]


def as_forgotten(facts: Facts, order: ForgetOrder) -> Facts:
    """Return the facts as they read once the order is carried out: ended at the order's instant."""
    return replace(facts, retention=replace(facts.retention, forgotten_at=order.at))
