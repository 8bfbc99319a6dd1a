"""Quality control: leads that wait for a reviewer (CAM-15)."""

from typing import Literal

from chalicelib.http.schemas.base import Confirmable, Contract
from chalicelib.work.schemas.worklists import LeadIds

Reason = Literal["bad_contact", "outside_criteria", "duplicate", "no_consent", "fraud", "other"]


class Release(Contract):
    """A held lead is released as it is; the body is empty."""


class Rejection(Confirmable):
    """Why a held lead is rejected; the source does not learn it."""

    reason: Reason


class BulkRelease(Contract):
    """Held leads of one project."""

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
