"""Forget orders: every lead of a contact that is being forgotten, before each lead has its mark (PRI-8a)."""

from dataclasses import replace

from chalicelib.core.access import ALL_PROJECTS
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.leads.domain.leads import Facts

MAX_OPEN = 100


@dataclass(frozen=True)
class ForgetOrder:
    """The order to forget every lead of these refs, in these projects, that was received up to an instant.

    `id` is the id of its job. `projects` is `("*",)` for all projects.
    """

    id: str
    refs: tuple[str, ...]
    projects: tuple[str, ...]
    at: int

    def has_project(self, project_id: str) -> bool:
        """Return True if the order is for leads of this project."""
        return ALL_PROJECTS in self.projects or project_id in self.projects

    def has_lead(self, project_id: str, received_at: int) -> bool:
        """Return True if project and instant fit."""
        return received_at <= self.at and self.has_project(project_id)

    def may_cover(self, facts: Facts) -> bool:
        """Return True if project and instant fit; one of the lead's refs must be in the order as well."""
        return self.has_lead(facts.project_id, facts.received_at)


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
