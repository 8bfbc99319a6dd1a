"""Run an import in batches, each with a checkpoint; any run can continue where another stopped (PRI-23)."""

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice

from chalicelib import observability
from chalicelib.aws import s3
from chalicelib.aws.dynamodb import batch
from chalicelib.core.contact_reader import Contact, read_contact
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.core.times import Present
from chalicelib.imports import store as imports
from chalicelib.imports.domain import import_job, verdicts
from chalicelib.imports.domain.columns import columns_of
from chalicelib.imports.domain.dialect import UnreadableFile
from chalicelib.imports.domain.import_job import FileFailure, Import, ImportKind, ImportProgress, ImportState
from chalicelib.imports.domain.rows import FileRow
from chalicelib.imports.domain.verdicts import Planned, RowResult
from chalicelib.imports.usecases import import_file
from chalicelib.imports.usecases.finish_import import finish
from chalicelib.imports.usecases.import_scope import cached_project_id, users_may_go_on
from chalicelib.organisation.usecases.cached_region import cached_region

Plan = Callable[[Import, Sequence[FileRow], int], list[RowResult]]
Apply = Callable[[Import, Sequence[FileRow], Planned, Present], list[RowResult]]


@dataclass(frozen=True)
class ImportSteps:
    """How the rows of a kind are processed: the plan, the work, and what is required before the first row.

    The work gets the clock: a batch may last for minutes, and each lead has the instant of its own row (PRI-26).
    A plan is stored with the result before anything is done, because afterwards nothing shows what was unblocked or
    forgotten. So a batch that is repeated after a crash has the verdicts of its first try.
    """

    apply: Apply
    plan: Plan | None = None
    require: Callable[[Import, int], None] | None = None


@dataclass(frozen=True)
class ImportRun:
    """The time of one function run: the clock, and whether there is time for one more batch."""

    clock: Callable[[], int]
    has_time: Callable[[], bool]


AT_ONCE = {ImportKind.BLOCK: 2000, ImportKind.UNBLOCK: 200, ImportKind.FORGET: 25, ImportKind.LEADS: 25}


def steps_of(kind: ImportKind) -> ImportSteps:
    """Return the steps of a kind; load only their modules, to keep the cold start short (B5)."""
    if kind is ImportKind.LEADS:
        from chalicelib.imports.usecases import import_leads

        return ImportSteps(import_leads.receive_rows, require=import_leads.require_active)
    if kind is ImportKind.FORGET:
        from chalicelib.imports.usecases import import_forgets

        return ImportSteps(import_forgets.forget_rows, import_forgets.planned_forgets)
    from chalicelib.imports.usecases import import_blocks

    if kind is ImportKind.UNBLOCK:
        return ImportSteps(import_blocks.unblock_rows, import_blocks.planned_unblocks)
    return ImportSteps(import_blocks.block_rows)


def continue_imports(kind: ImportKind, run: ImportRun) -> int:
    """Continue every open import of the function that works on this kind; return how many it worked on."""
    worked = 0
    for job_id in imports.open_ids(kind, run.clock()):
        if not run.has_time():
            break
        worked += run_import(job_id, run)
    return worked


def run_import(job_id: str, run: ImportRun) -> bool:
    """Work on an import until it or the run ends; return False if there is nothing to do or another run has the lease.

    A crash repeats at most one batch, and every write of a batch may be repeated: the result is that of one
    uninterrupted run. Two runs at once cannot both continue, because each checkpoint requires the one before.
    """
    now = run.clock()
    job = imports.get(job_id, now)
    if job is None or job.state is not ImportState.RUNNING:
        return False
    try:
        leased = import_job.acquired(job, import_job.lease_until(job, now))
        batch.write_one(imports.acquire(leased, now))
        _work(leased, run)
    except batch.Cancelled:
        return False
    except Exception as error:  # noqa: BLE001  # one import must not stop the others; its lease expires
        observability.log_failure(error, job_id=job_id)
        observability.metric("ImportsFailed", 1)
        return False
    return True


def _work(job: Import, run: ImportRun) -> None:
    if job.tries > import_job.MAX_TRIES:
        finish(job, ImportState.FAILED, run.clock(), failure=FileFailure("gave_up", job.progress.line))
        return
    job, failure = _run(job, run)
    if failure is not None:
        finish(job, ImportState.FAILED, run.clock(), failure=failure)
    elif job.cancelling:
        finish(job, ImportState.CANCELLED, run.clock())
    elif not job.progress.through:
        batch.write_one(imports.put(import_job.lease_released(job)))
    elif job.counting:
        batch.write(
            imports.close(import_job.awaiting_confirmation(job, run.clock())),
            batch.token_of("counted", job.id, job.version),
        )
    else:
        finish(job, ImportState.DONE, run.clock())


def _run(job: Import, run: ImportRun) -> tuple[Import, FileFailure | None]:
    """Return the import when nothing is left, it is to stop, the time is over, or it fails, with the failure."""
    try:
        if job.layout is None and not job.cancelling:
            _require_rights(job, run.clock())
            job = _prepared(job, run.clock())
        rows, at_once = import_file.rows(job) if job.layout else iter(()), _at_once(job)
        while not (job.progress.through or job.cancelling) and run.has_time():
            chunk = list(islice(rows, at_once))
            _require_rights(job, run.clock())
            job = _batch(job, chunk, len(chunk) < at_once, run)
    except UnreadableFile as error:
        return job, FileFailure(error.code, error.line)
    return job, None


def _at_once(job: Import) -> int:
    """Return how many rows are a batch: fewer if a row can have several contacts, because a lease lasts for a batch."""
    header = job.layout.header if job.layout else None
    if job.kind is ImportKind.LEADS or header is None:
        return AT_ONCE[job.kind]
    columns = columns_of(header, blocks=job.kind is ImportKind.BLOCK)
    return max(1, AT_ONCE[job.kind] // len(columns.contacts)) if columns else 1


def _require_rights(job: Import, now: int) -> None:
    """Raise UnreadableFile `right_ended` unless the users of the import may still do this (ACC-11)."""
    if not users_may_go_on(job, now):
        raise UnreadableFile("right_ended")


def _prepared(job: Import, now: int) -> Import:
    if not job.scope:
        raise UnreadableFile("bad_key")
    if job.upload is None or cached_project_id(job.kind, job.scope, now) is None:
        raise UnreadableFile("unknown_scope")
    if require := steps_of(job.kind).require:
        require(job, now)
    region = cached_region(job.project, now)
    layout = import_file.examine(
        job.upload, job.kind, lambda cell: isinstance(read_contact(cell, region), Contact)
    )
    return replace(job, layout=layout)


def _batch(job: Import, rows: Sequence[FileRow], last: bool, run: ImportRun) -> Import:
    progress = job.progress
    if rows:
        with _no_cycles():
            results = _results(job, rows, run.clock)
        progress = verdicts.with_results(progress, results, rows[-1].end, rows[-1].next_line)
        if not job.counting:
            s3.write(job.part_key(progress.parts), verdicts.written(results))
            progress = replace(progress, parts=progress.parts + 1)
    if last:
        progress = replace(progress, through=True, byte=job.layout.bytes if job.layout else progress.byte)
    return _checkpoint(job, progress, run.clock())


@contextmanager
def _no_cycles() -> Iterator[None]:
    """Pause the search for cycles of objects: the rows of a batch have none, and each search goes through all (B6)."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _results(job: Import, rows: Sequence[FileRow], clock: Present) -> list[RowResult]:
    work = steps_of(job.kind)
    if work.plan is None:
        return work.apply(job, rows, {}, clock)
    if job.counting:
        return work.plan(job, rows, clock())
    planned = {result.line: result for result in _planned(job, rows, work.plan, clock())}
    return work.apply(job, rows, planned, clock)


def _planned(job: Import, rows: Sequence[FileRow], plan: Plan, now: int) -> list[RowResult]:
    """Return the plan of a batch; the first batch after a crash keeps the rows of its stored plan."""
    key = job.part_key(job.progress.parts)
    planned = plan(job, rows, now)
    if job.tries and (stored := s3.read_if_there(key)) is not None:
        first = {result.line: result for result in verdicts.read_results(stored)}
        planned = [first.get(result.line, result) for result in planned]
    s3.write(key, verdicts.written(planned))
    return planned


def _checkpoint(job: Import, progress: ImportProgress, now: int) -> Import:
    until = import_job.lease_until(replace(job, progress=progress), now)
    advanced = import_job.advanced(job, progress, now, until)
    try:
        batch.write_one(imports.put(advanced))
    except batch.Cancelled:
        current = imports.get(job.id, now)
        if current == advanced:  # written, and the answer was lost
            return advanced
        if current is None or not current.cancelling or current.version != job.version + 1:
            raise
        advanced = replace(
            import_job.advanced(current, progress, now, import_job.lease_until(current, now)),
            layout=job.layout,
        )
        batch.write_one(imports.put(advanced))
    return advanced
