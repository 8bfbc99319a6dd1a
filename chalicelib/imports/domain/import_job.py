"""An import: what it is of, whose it is, and how far it is (PRI-18 … PRI-25)."""

import hashlib
import re
from dataclasses import dataclass, field, replace
from enum import StrEnum

from chalicelib.core.access import ALL_PROJECTS, Actor, Permission, Role
from chalicelib.core.times import DAY_S

KEPT_S = 7 * DAY_S
RESULT_KEPT_S = DAY_S
MAX_TRIES = 10
_LEASE_S = 120
_LAST_LEASE_S = 900
MAX_BYTES = 1024**3
MAX_ROWS = 10_000_000
BUCKET = Actor(kind="system", id="bucket")
_KEY = re.compile(
    r"imports/(block|unblock|forget|leads)/(all|[A-Za-z0-9_.:@-]{1,128})/"
    r"(?:(?!\.\.?/)[^/]+/)*([^/]+)(?i:\.csv(?:\.gz)?)"
)
_ALL_IN_A_KEY = "all"


class ImportKind(StrEnum):
    """What the rows of a file are for."""

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
    """How far an import is."""

    WAITING = "waiting"
    RUNNING = "running"
    AWAITING_CONFIRMATION = "awaiting_confirmation"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN = (ImportState.WAITING, ImportState.RUNNING, ImportState.AWAITING_CONFIRMATION)


@dataclass(frozen=True)
class Upload:
    """The file as it came in: its address, what pins its content, and its place among all writes of that address."""

    bucket: str
    key: str
    etag: str
    sequencer: str
    size: int

    @property
    def identity(self) -> str:
        """Return what two reports of the same event share (PRI-19)."""
        return _digest(self.bucket, self.key, self.etag, self.sequencer)


@dataclass(frozen=True)
class UploadPlace:
    """What a key says: which kind of import, and for which scope (a project, `*`, or a campaign)."""

    kind: ImportKind
    scope: str
    stem: str


@dataclass(frozen=True)
class Layout:
    """How a file is written, how long it is unpacked, and where its first row behind the header begins."""

    delimiter: str
    header: tuple[str, ...] | None
    packed: bool
    bytes: int
    lines: int
    first_byte: int = 0
    first_line: int = 1


@dataclass(frozen=True)
class Progress:
    """The place to go on from and what came of the rows before it; `parts` counts the pieces of the result."""

    byte: int = 0
    line: int = 1
    read: int = 0
    parts: int = 0
    leads: int = 0
    through: bool = False
    by_verdict: dict[str, int] = field(default_factory=dict)
    invalid_by_reason: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class FileFailure:
    """Why an import failed whole: a stable code, and the line where the file is to blame."""

    code: str
    line: int | None = None


@dataclass(frozen=True)
class Import:
    """One import; `tries` counts how often it was taken since its last checkpoint."""

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
    progress: Progress = Progress()
    began_at: int | None = None
    checked_at: int | None = None
    ended_at: int | None = None
    failure: FileFailure | None = None
    confirmed_by: str | None = None
    cancelling: bool = False
    tries: int = 0
    leased_until: int | None = None
    version: int = 1

    @property
    def expires_at(self) -> int:
        """Return when the import is forgotten; its result goes before."""
        return self.created_at + KEPT_S

    @property
    def counting(self) -> bool:
        """Tell whether this pass only counts what would be forgotten (PRI-11)."""
        return self.kind is ImportKind.FORGET and self.confirmed_by is None

    @property
    def rate(self) -> float | None:
        """Return the rows a second since it began, or None before the first checkpoint."""
        if self.checked_at is None or self.began_at is None or not self.progress.read:
            return None
        return round(self.progress.read / max(1, self.checked_at - self.began_at), 1)

    @property
    def eta_s(self) -> int | None:
        """Return the seconds it will still take at the pace so far, while it runs."""
        if self.state is not ImportState.RUNNING or self.layout is None or not self.progress.byte:
            return None
        taken_s = (self.checked_at or 0) - (self.began_at or 0)
        return round(taken_s * (self.layout.bytes - self.progress.byte) / self.progress.byte)

    @property
    def actor(self) -> Actor:
        """Return who did it, as the record names them."""
        kind = "user" if self.by_kind == "user" else "system"
        return Actor(kind=kind, id=self.by_id)  # type: ignore[arg-type]

    @property
    def result_key(self) -> str:
        """Return where the result stands: named by the import, never by the file (PRI-25)."""
        return f"results/{self.id}.csv"

    def part_key(self, number: int) -> str:
        """Return where one piece of the result stands until all are joined."""
        return f"results/parts/{self.id}/{number:06d}.csv"

    @property
    def worker(self) -> Actor:
        """Return who acts on each row: every row names the import (PRI-27)."""
        role = Role.ADMIN if self.project == ALL_PROJECTS else None
        return Actor(kind="job", id=self.id, role=role, project_ids=frozenset({self.project}))


def may_see(actor: Actor, job: Import) -> bool:
    """Tell whether the import exists for the actor: of its projects; those for all are the admins' (ACC-4)."""
    return actor.is_admin or job.project in actor.project_ids


def key_of(kind: ImportKind, scope: str, upload_id: str) -> str:
    """Return the key an upload goes to; the file's own name is no part of it (PRI-18)."""
    return f"imports/{kind}/{_ALL_IN_A_KEY if scope == ALL_PROJECTS else scope}/{upload_id}.csv"


def place_of(key: str) -> UploadPlace | None:
    """Read a key of the bucket, also one in folders below its scope; None for one that is no import's (PRI-18)."""
    match = _KEY.fullmatch(key)
    if match is None:
        return None
    kind, scope = ImportKind(match[1]), match[2]
    if scope == _ALL_IN_A_KEY:
        return None if kind is ImportKind.LEADS else UploadPlace(kind, ALL_PROJECTS, match[3])
    return UploadPlace(kind, scope, match[3])


def is_folder(key: str) -> bool:
    """Tell whether a key is the empty object that a console makes of a folder."""
    return key.endswith("/")


def dropped_id(upload: Upload) -> str:
    """Return the id of the import of a file that came without one: the same event, the same import (PRI-19)."""
    return f"imp_{upload.identity[:26]}"


def is_later(sequencer: str, than: str) -> bool:
    """Tell whether one write of a key came after another: hexadecimal, the shorter padded on the right."""
    width = max(len(sequencer), len(than))
    return sequencer.lower().ljust(width, "0") > than.lower().ljust(width, "0")


def arrived(job: Import, upload: Upload, now: int) -> Import:
    """Return the import with its file."""
    return replace(job, upload=upload, state=ImportState.RUNNING, began_at=now, version=job.version + 1)


def lease_until(job: Import, now: int) -> int:
    """Return until when one at work on the import may be silent: a batch long, or as long as joining a result takes."""
    last = job.progress.through or job.cancelling
    return now + (_LAST_LEASE_S if last else _LEASE_S)


def acquired(job: Import, until: int) -> Import:
    """Return the import as somebody has it who took it until an instant."""
    return replace(job, leased_until=until, tries=job.tries + 1, version=job.version + 1)


def advanced(job: Import, progress: Progress, now: int, until: int) -> Import:
    """Return the import at its next checkpoint, still taken."""
    return replace(
        job, progress=progress, checked_at=now, leased_until=until, tries=0, version=job.version + 1
    )


def lease_released(job: Import) -> Import:
    """Return the import with nobody at it."""
    return replace(job, leased_until=None, version=job.version + 1)


def counted(job: Import, now: int) -> Import:
    """Return a forget import that knows its effect and waits for a user (PRI-11)."""
    return replace(
        job,
        state=ImportState.AWAITING_CONFIRMATION,
        checked_at=now,
        leased_until=None,
        tries=0,
        version=job.version + 1,
    )


def confirmed(job: Import, digest: str, now: int) -> Import:
    """Return a forget import that was confirmed: it starts over, and this time it forgets."""
    return replace(
        job,
        state=ImportState.RUNNING,
        confirmed_by=digest,
        progress=Progress(),
        began_at=now,
        version=job.version + 1,
    )


def stopping(job: Import) -> Import:
    """Return the import with the wish to stop; whoever is at it, or comes to it next, stops before the next batch."""
    return replace(job, cancelling=True, state=ImportState.RUNNING, version=job.version + 1)


def ended(job: Import, state: ImportState, now: int, failure: FileFailure | None = None) -> Import:
    """Return the import at its end; the key of its file is forgotten with the file, for a name can be a person's."""
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
