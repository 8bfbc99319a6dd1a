"""Worklists of agents and managers (WRK-4, WRK-5, WRK-10, WRK-12)."""

from typing import Literal

from pydantic import Field

from chalicelib.http.schemas.base import PageQuery


class WorklistQuery(PageQuery):
    """Which of your leads, and whether with their persons."""

    show: Literal["all", "follow_ups", "at_risk", "closed"] = "all"
    person: bool = Field(default=False, description="With the persons; each reading is recorded.")


class ManagedQuery(PageQuery):
    """A page of a project's list, and whether with the persons of its leads."""

    person: bool = Field(default=False, description="With the persons; each reading is recorded.")
