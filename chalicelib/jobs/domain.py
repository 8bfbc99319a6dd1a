"""Jobs: long work in steps, which any process can continue (api.md, Jobs)."""

from dataclasses import field, replace
from enum import StrEnum
from typing import Any, Generic, TypedDict

from typing_extensions import TypeVar

from chalicelib.core.access import Actor
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.core.times import DAY_S, MINUTE_S

KEPT_S = 7 * DAY_S
MAX_TRIES = 10
GAVE_UP = "gave_up"
RIGHT_ENDED = "right_ended"
_LONGEST_PAUSE_S = 900
COUNTS, EXPORTS, FORGETS, RETENTION = "jobs", "jobs#exports", "jobs#forgets", "jobs#retention"
REKEYS, REKEY = "jobs#rekeys", "rekey"
PERSON_EXPORT, FORGET_ORDER = "person_export", "forget_order"
APPLY_OUTCOMES, SET_CAMPAIGNS = "apply_outcomes", "set_campaigns"
_QUEUES = {
    PERSON_EXPORT: EXPORTS,
    FORGET_ORDER: FORGETS,
    REKEY: REKEYS,
    APPLY_OUTCOMES: RETENTION,
    SET_CAMPAIGNS: RETENTION,
}
_LEASES_S = {
    FORGETS: 30
}  # renewed at each checkpoint, so that another process soon goes on after a crash (PRI-8a)
_LEASE_S = 900


A = TypeVar("A", default=Any)
P = TypeVar("P", default=Any)
T = TypeVar("T", default=Any)
Counts = dict[str, dict[str, int]]
"""A tally with two free keys, such as a campaign and a day."""


class WholePosition(TypedDict):
    """The position of work without steps: it is open or done."""


class JobState(StrEnum):
    """The state of a job."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


def _empty() -> Any:
    return {}


@dataclass(frozen=True)
class JobWork(Generic[A, P, T]):
    """The work of a job: its kind, the question, the position of the next step, and the result so far.

    `position` becomes None when the work is complete; `done` of `of` parts are done. `error` is the code of parts that
    could not be done. Each kind of job gives types for `asked`, `position` and `tally`. They hold JSON values only,
    and their keys never change, because one version of the code continues the jobs of another.

    Example:
        >>> class Asked(TypedDict):
        ...     until: int
        >>> class Position(TypedDict):
        ...     shard: int
        >>> asked, first = Asked(until=1_800_000_000), Position(shard=0)
        >>> work: JobWork[Asked, Position, Counts] = JobWork("forecast", asked, first, of=16)
        >>> work.require_position()["shard"]
        0
    """

    kind: str
    asked: A
    position: P | None
    of: int
    done: int = 0
    tally: T = field(default_factory=_empty)
    error: str | None = None

    def require_position(self) -> P:
        """Return the position of the next step; raise ValueError if the work is complete."""
        if self.position is None:
            raise ValueError("this work is complete")
        return self.position


@dataclass(frozen=True)
class Job:
    """A piece of work and the actor who started it; `tries` counts the leases since the last checkpoint."""

    id: str
    by_kind: str
    by_id: str
    started_at: int
    work: JobWork
    state: JobState = JobState.RUNNING
    ended_at: int | None = None
    error: str | None = None
    tries: int = 0
    leased_until: int | None = None
    version: int = 1

    @property
    def expires_at(self) -> int:
        """Return when the job is removed."""
        return self.started_at + KEPT_S

    @property
    def queue(self) -> str:
        """Return the queue of the job. Each queue has its own function with its own IAM role (ACC-10)."""
        return _QUEUES.get(self.work.kind, COUNTS)

    @property
    def lease_s(self) -> int:
        """Return for how long a process leases the job."""
        return _LEASES_S.get(self.queue, _LEASE_S)

    @property
    def gives_up(self) -> bool:
        """Return True if the job fails after too many tries without progress. A forget is tried until it is done."""
        return self.queue != FORGETS and self.tries > MAX_TRIES


def may_read(actor: Actor, job: Job) -> bool:
    """Return True for the actor who started the job, and for admins."""
    return actor.is_admin or (actor.kind, actor.id) == (job.by_kind, job.by_id)


def acquired(job: Job, until: int) -> Job:
    """Return the job leased until an instant."""
    return replace(job, leased_until=until, tries=job.tries + 1, version=job.version + 1)


def continued(job: Job, work: JobWork, now: int) -> Job:
    """Return the job at its next checkpoint, with a renewed lease."""
    return replace(job, work=work, tries=0, leased_until=now + job.lease_s, version=job.version + 1)


def paused(job: Job, now: int) -> Job:
    """Return the job after a failed try, which counts: free at once, then after 1, 3, 7, 15 minutes."""
    pause_s = MINUTE_S * (2 ** max(0, job.tries - 1) - 1)
    return replace(job, leased_until=now + min(pause_s, _LONGEST_PAUSE_S), version=job.version + 1)


def lease_released(job: Job) -> Job:
    """Return the job without a lease."""
    return replace(job, leased_until=None, tries=0, version=job.version + 1)


def ended(job: Job, now: int, error: str | None = None) -> Job:
    """Return the ended job: done, or failed with a stable code."""
    state = JobState.DONE if error is None else JobState.FAILED
    return replace(job, state=state, ended_at=now, error=error, leased_until=None, version=job.version + 1)
