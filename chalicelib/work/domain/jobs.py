"""What jobs on worklists are asked, where they are, and what they have counted."""

from typing import TypedDict, TypeVar

from chalicelib.jobs.domain import Counts, JobWork

A = TypeVar("A")


class RetirementForecastAsked(TypedDict):
    """Of which project and agents the retirements are counted, until when, and when it was asked."""

    project_id: str
    agents: list[str]
    now: int
    until: int


class AgentPosition(TypedDict):
    """An agent by number, and the last lead that was read: its second in the list, and its id."""

    agent: int
    since: int
    last: str | None


MoveAsked = TypedDict(
    "MoveAsked",
    {"from": str, "to": str | None, "projects": list[str], "by": list[str], "at": int, "barred": bool},
)
"""From whom leads move, to whom, in which projects, by which actor (kind and id), since when.

`barred` is true while the agent may not have leads of these projects.
"""


class ReclassificationAsked(TypedDict):
    """Whose lists are read again after a project's closing stages have changed."""

    project: str
    agents: list[str]
    job_id: str


class ListPosition(TypedDict):
    """A list by number, the last lead of it, and what this round has met.

    `touched` leads moved or could not, `missed` ones could not. The next step is done from `not_before` on.
    """

    list: int
    since: int
    last: str | None
    touched: int
    missed: int
    not_before: int
    round: int


class MovedCount(TypedDict):
    """How many leads moved."""

    moved: int


class MovedTally(TypedDict):
    """The result of a job that moves leads."""

    leads: MovedCount


RetirementForecastWork = JobWork[RetirementForecastAsked, AgentPosition, Counts]
"""Its tally is by agent and day."""

WalkWork = JobWork[A, ListPosition, MovedTally]
MoveWork = WalkWork[MoveAsked]
ReclassificationWork = WalkWork[ReclassificationAsked]
