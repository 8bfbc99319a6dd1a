"""An import: its kind, its owner and its progress (PRI-18 … PRI-25)."""

import hashlib
from dataclasses import field, replace
from enum import StrEnum

from chalicelib.core.access import ALL_PROJECTS, Actor, Permission, Role
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.core.times import DAY_S

KEPT_S = 7 * DAY_S
RESULT_OFFERED_S = (
    23 * 3600
)  # its file is removed a day after it was written, and to write it may take a while
MAX_TRIES = 10
_LEASE_S = 120
_LAST_LEASE_S = 900
MAX_BYTES = 1024**3
MAX_ROWS = 10_000_000


class ImportKind(StrEnum):
    """The action for each row of a file."""

    BLOCK = "block"
    UNBLOCK = "unblock"
    FORGET = "forget"
    LEADS = "leads"


PERMISSIONS = {
    ImportKind.BLOCK: Permission.PRIVACY_BLOCK,
    ImportKind.UNBLOCK: Permission.PRIVACY_BLOCK,
    ImportKind.FORGET: Permission.PRIVACY_FORGET,
    ImportKind.LEADS: Permission.LEADS_ASSIGN,
}
DESK = (ImportKind.BLOCK, ImportKind.UNBLOCK, ImportKind.FORGET)


class ImportState(StrEnum):
    """The state of an import."""

    WAITING = "waiting"
    RUNNING = "running"
    AWAITING_CONFIRMATION = "awaiting_confirmation"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN = (ImportState.WAITING, ImportState.RUNNING, ImportState.AWAITING_CONFIRMATION)


@dataclass(frozen=True)
class Upload:
    """The uploaded file: its address, its content's ETag, and its place among all writes of the address."""

    bucket: str
    key: str
    etag: str
    sequencer: str
    size: int

    @property
    def identity(self) -> str:
        """Return a digest that two reports of the same event share (PRI-19)."""
        return _digest(self.bucket, self.key, self.etag, self.sequencer)


@dataclass(frozen=True)
class Layout:
    """The dialect of a file, its unpacked length, and where the first row after the header begins."""

    delimiter: str
    header: tuple[str, ...] | None
    packed: bool
    bytes: int
    lines: int
    first_byte: int = 0
    first_line: int = 1


@dataclass(frozen=True)
class ImportProgress:
    """The position to continue from and the counts of earlier rows; `parts` counts the parts of the result.

    `more` is True if a contact has more leads than are counted: then there are more than `leads` (PRI-11).
    """

    byte: int = 0
    line: int = 1
    read: int = 0
    parts: int = 0
    leads: int = 0
    more: bool = False
    through: bool = False
    by_verdict: dict[str, int] = field(default_factory=dict)
    invalid_by_reason: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class FileFailure:
    """The reason why a whole import failed: a stable code, and the bad line if there is one."""

    code: str
    line: int | None = None


@dataclass(frozen=True)
class Import:
    """One import; `tries` counts the leases since the last checkpoint."""

    id: str
    kind: ImportKind
    scope: str
    project: str
    by_kind: str
    by_id: str
    created_at: int
    state: ImportState = ImportState.WAITING
    keep_out: bool = False
    key: str = ""
    upload: Upload | None = None
    layout: Layout | None = None
    progress: ImportProgress = ImportProgress()
    began_at: int | None = None
    checked_at: int | None = None
    ended_at: int | None = None
    failure: FileFailure | None = None
    confirmed_by: str | None = None
    confirmer: str | None = None
    cancelling: bool = False
    tries: int = 0
    leased_until: int | None = None
    version: int = 1

    @property
    def expires_at(self) -> int:
        """Return when the import is removed. Its result is removed earlier."""
        return self.created_at + KEPT_S

    @property
    def counting(self) -> bool:
        """Return True if this pass only counts the leads that would be erased (PRI-11)."""
        return self.kind is ImportKind.FORGET and self.confirmed_by is None

    @property
    def rate(self) -> float | None:
        """Return the rows in a second since the start, or None before the first checkpoint."""
        if self.checked_at is None or self.began_at is None or not self.progress.read:
            return None
        return round(self.progress.read / max(1, self.checked_at - self.began_at), 1)

    @property
    def eta_s(self) -> int | None:
        """Return the remaining seconds at the present rate, or None unless it runs."""
        if self.state is not ImportState.RUNNING or self.layout is None or not self.progress.byte:
            return None
        taken_s = (self.checked_at or 0) - (self.began_at or 0)
        return round(taken_s * (self.layout.bytes - self.progress.byte) / self.progress.byte)

    @property
    def actor(self) -> Actor:
        """Return the actor as the ledger names it."""
        kind = "user" if self.by_kind == "user" else "system"
        return Actor(kind=kind, id=self.by_id)  # type: ignore[arg-type]

    @property
    def result_key(self) -> str:
        """Return the key of the result: named after the import, never after the file (PRI-25)."""
        return f"results/{self.id}.csv"

    def part_key(self, number: int) -> str:
        """Return the key of one part of the result, until all are joined."""
        return f"results/parts/{self.id}/{number:06d}.csv"

    @property
    def worker(self) -> Actor:
        """Return the actor for each row, which names the import, and the user who put the file (PRI-27)."""
        role = Role.ADMIN if self.project == ALL_PROJECTS else None
        projects = frozenset({self.project})
        return Actor(kind="job", id=self.id, role=role, project_ids=projects, for_user=self.user_id)

    @property
    def user_id(self) -> str | None:
        """Return the user who put the file; None if it was put into the bucket without a user (PRI-18)."""
        return self.by_id if self.by_kind == "user" else None


def may_see_import(actor: Actor, job: Import) -> bool:
    """Return True if the actor may see the import: of its projects; imports for all only as admin (ACC-4)."""
    return actor.is_admin or job.project in actor.project_ids


def arrived(job: Import, upload: Upload, now: int) -> Import:
    """Return the import with its uploaded file."""
    return replace(job, upload=upload, state=ImportState.RUNNING, began_at=now, version=job.version + 1)


def lease_until(job: Import, now: int) -> int:
    """Return the end of a lease: long enough for a batch, or at the end for joining the result."""
    last = job.progress.through or job.cancelling
    return now + (_LAST_LEASE_S if last else _LEASE_S)


def acquired(job: Import, until: int) -> Import:
    """Return the import leased until an instant."""
    return replace(job, leased_until=until, tries=job.tries + 1, version=job.version + 1)


def advanced(job: Import, progress: ImportProgress, now: int, until: int) -> Import:
    """Return the import at its next checkpoint, still leased."""
    return replace(
        job, progress=progress, checked_at=now, leased_until=until, tries=0, version=job.version + 1
    )


def lease_released(job: Import) -> Import:
    """Return the import without a lease."""
    return replace(job, leased_until=None, version=job.version + 1)


def awaiting_confirmation(job: Import, now: int) -> Import:
    """Return a forget import with its counted effect, which waits for a confirmation (PRI-11)."""
    return replace(
        job,
        state=ImportState.AWAITING_CONFIRMATION,
        checked_at=now,
        leased_until=None,
        tries=0,
        version=job.version + 1,
    )


def confirmed(job: Import, digest: str, user_id: str, now: int) -> Import:
    """Return a forget import that a user confirmed. It starts again and erases."""
    return replace(
        job,
        state=ImportState.RUNNING,
        confirmed_by=digest,
        confirmer=user_id,
        progress=ImportProgress(),
        began_at=now,
        version=job.version + 1,
    )


def stopping(job: Import) -> Import:
    """Return the import with a request to stop. The process with the lease, or the next one, stops before a batch."""
    return replace(job, cancelling=True, state=ImportState.RUNNING, version=job.version + 1)


def ended(job: Import, state: ImportState, now: int, failure: FileFailure | None = None) -> Import:
    """Return the ended import, without the key of its file, because a file name can be personal."""
    return replace(
        job,
        upload=replace(job.upload, key="") if job.upload else None,
        state=state,
        ended_at=now,
        checked_at=now,
        failure=failure,
        leased_until=None,
        version=job.version + 1,
    )


def _digest(*parts: str) -> str:
    framed = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(framed.encode()).hexdigest()
