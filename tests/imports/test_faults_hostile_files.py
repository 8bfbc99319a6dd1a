"""Generated hostile and damaged files: no crash, no row without a verdict, no contact that was not written.

A sample by default; `HYPOTHESIS_PROFILE=long` tries 2,000. `HOSTILE_SEED` repeats a run.
"""

import random
import re

import pytest

from chalicelib import clock
from chalicelib.blocks.store.blocks import BlockRow
from chalicelib.imports.domain.import_job import Import, ImportKind, ImportState
from chalicelib.imports.usecases.change_import import confirm_import
from chalicelib.imports.usecases.run_import import run_import
from chalicelib.leads.store import people
from tests.factories.imports import (
    create_bucket,
    get_import,
    import_run,
    put,
    register,
    result_rows,
)
from tests.factories.leads import (
    MANAGER,
    NOW,
    confirmed,
    create_lead,
    create_manager,
    create_organisation,
    facts_of,
)
from tests.harness import hostile
from tests.harness.hostile import HostileFile
from tests.harness.profiles import LONG

pytestmark = pytest.mark.usefixtures("aws")
FILES = 2_000 if LONG else 100
WITNESS = "+13125550147"  # no generated value is this number
ENDED = (ImportState.DONE, ImportState.FAILED)
_TAKEN = frozenset({"accepted", "held", "rejected", "duplicate"})
_DONE = frozenset({"blocked", "already_blocked", "unblocked", "forgotten"})


def test_PRI_21_hostile_files_do_nothing_that_was_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    create_organisation()
    create_manager()
    create_bucket()
    create_lead("lead_witness", phone=WITNESS, email=None)
    seed = hostile.seed_of(10)
    for number in range(FILES):
        chance = random.Random(f"{seed}/{number}")
        kind = chance.choice(list(ImportKind))
        sent = hostile.file(chance)
        try:
            _try(number, kind, sent)
        except Exception as error:
            raise AssertionError(
                f"HOSTILE_SEED={seed}, file {number}, {kind}: {sent.content[:300]!r}"
            ) from error


def _try(number: int, kind: ImportKind, sent: HostileFile) -> None:
    scope = "cmp_1" if kind is ImportKind.LEADS else "prj_1"
    job = register(put(sent.content, f"imports/{kind}/{scope}/{number}/{sent.name}"))
    assert run_import(job.id, import_run())
    job = get_import(job.id)
    if job.state is ImportState.AWAITING_CONFIRMATION:
        job_id = job.id
        confirmed(lambda confirmation: confirm_import(MANAGER, job_id, confirmation, NOW))
        assert run_import(job_id, import_run())
        job = get_import(job_id)
    assert job.state in ENDED
    texts = [sent.text, sent.plain.decode(errors="replace"), sent.plain.decode("latin-1")]
    _require_verdicts(job, sent)
    _require_as_written(job, texts)
    assert facts_of("lead_witness").erased_at is None


def _require_verdicts(job: Import, sent: HostileFile) -> None:
    if job.failure is not None:
        assert (job.progress.read, job.failure.code == "gave_up", _blocked_by(job)) == (0, False, [])
        return
    rows = result_rows(job)
    assert all(row["verdict"] for row in rows)
    assert len(rows) == job.progress.read == sum(job.progress.by_verdict.values())
    if job.layout is None or job.layout.packed or '"' in sent.content.decode("latin-1"):
        return
    numbers = {int(row["row"]) for row in rows}
    lines = enumerate(re.split(rb"\r\n|\r|\n", sent.content.removeprefix(b"\xef\xbb\xbf")), 1)
    missed = [line for line, text in lines if line not in numbers and _shows(text, job.layout.delimiter)]
    assert len(missed) <= (job.layout.header is not None) + sent.text.startswith("sep=")


def _require_as_written(job: Import, texts: list[str]) -> None:
    for number in _blocked_by(job):
        assert hostile.is_as_written(number, texts)
    for row in result_rows(job) if job.failure is None else ():
        if row["verdict"] in _DONE:
            assert int(row["contacts"]) == len(row["contact"].split()) >= 1
        person = people.get(row["detail"], NOW) if row["verdict"] in _TAKEN and row["detail"] else None
        if person is not None:
            assert person.refs
            given = [person.fields[key] for key in ("phone", "email") if key in person.fields]
            assert all(hostile.is_as_written(contact, texts) for contact in given)


def _blocked_by(job: Import) -> list[str]:
    """Return the contacts that an import has blocked."""
    rows = (row for row in BlockRow.scan() if (row.by_kind, row.by_id) == ("job", job.id))
    return [row.number for row in rows if row.number]


def _shows(text: bytes, delimiter: str) -> bool:
    cells = text.decode(errors="replace").replace(delimiter, "")
    return bool(re.sub(r"[\s\u200b\u200e\ufeff]", "", cells))
