"""The questions, positions and results of jobs on worklists."""

from typing import NotRequired, TypedDict, TypeVar

from chalicelib.jobs.domain import Counts, JobWork

A = TypeVar("A")


class Preview(TypedDict, total=False):
    """Settings of a project to try, instead of its own; working hours of None for none."""

    inactivity: str
    working_hours: str | None


class RetirementForecastAsked(TypedDict):
    """The question of a forecast: the project, its agents, the end, and the time of the question.

    Besides, the settings of a preview.
    """

    project_id: str
    agents: list[str]
    now: int
    until: int
    inactivity: NotRequired[str]
    working_hours: NotRequired[str | None]


class AgentPosition(TypedDict):
    """The position: an agent by number, and the last lead of the agent's list with its second."""

    agent: int
    since: int
    last: str | None


MoveAsked = TypedDict(
    "MoveAsked",
    {"from": str, "to": str | None, "projects": list[str], "by": list[str], "at": int, "barred": bool},
)
"""The order of a move: from and to which user, in which projects, by which actor (kind and id), since when.

`barred` is true while the agent may not have leads of these projects.
"""


class ReclassificationAsked(TypedDict):
    """The lists to read again after a project's closing stages have changed."""

    project: str
    agents: list[str]
    job_id: str


class RestoreAsked(TypedDict):
    """The order to give back what was retired from `since` to `until` in a project, by an actor (kind and id)."""

    project_id: str
    since: int
    until: int
    by: list[str]


class ListPosition(TypedDict):
    """The position: a list by number, its last lead, and the counts of this round.

    `touched` leads moved or could not move, `missed` ones could not. The next step waits until `not_before`.
    """

    list: int
    since: int
    last: str | None
    touched: int
    missed: int
    not_before: int
    round: int


class MovedCount(TypedDict):
    """The number of moved leads."""

    moved: int


class MovedTally(TypedDict):
    """The result of a job that moves leads."""

    leads: MovedCount


RetirementForecastWork = JobWork[RetirementForecastAsked, AgentPosition, Counts]
"""Its tally is by agent and day."""

WalkWork = JobWork[A, ListPosition, MovedTally]
MoveWork = WalkWork[MoveAsked]
ReclassificationWork = WalkWork[ReclassificationAsked]
RestoreWork = WalkWork[RestoreAsked]
