"""Quality control: leads that wait for a reviewer (CAM-15)."""

from typing import Literal

from chalicelib.http.schemas.base import Confirmable, Contract
from chalicelib.http.schemas.values import Identifier, optional
from chalicelib.work.domain.quality import ChosenAgent
from chalicelib.work.schemas.lead_results import LeadIds

Reason = Literal["bad_contact", "outside_criteria", "duplicate", "no_consent", "fraud", "other"]


class Release(Contract):
    """A held lead is released as it is. Its agent may be chosen; null is nobody."""

    user_id: Identifier | None = optional("Its agent, instead of the campaign's default user.")

    @property
    def chosen(self) -> ChosenAgent | None:
        """Return the chosen agent, or None for the campaign's default."""
        return ChosenAgent(self.user_id) if "user_id" in self.model_fields_set else None


class Rejection(Confirmable):
    """Why a held lead is rejected; the source does not learn it."""

    reason: Reason


class BulkRelease(Release):
    """Held leads of one project. The agent of all may be chosen; null is nobody."""

    lead_ids: LeadIds


class BulkRejection(Confirmable):
    """Held leads of one project, and why they are rejected."""

    lead_ids: LeadIds
    reason: Reason


class Reconsideration(Confirmable):
    """A rejected lead is decided on again; the body is empty but for `confirm`."""


class BulkReconsideration(Confirmable):
    """Rejected leads of one project."""

    lead_ids: LeadIds
