"""The migration of contacts to another form: the work of its job, and a lead in the new form (data-model.md)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal, TypedDict

from chalicelib.core.paging import LastKey
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.jobs.domain import REKEY, JobWork
from chalicelib.leads.domain.leads import Person

PHASES = ("reading", "writing", "blocks", "leads", "settle")


class RekeyAsked(TypedDict):
    """The id of the job, which the forms name as well."""

    job_id: str


class RekeyPosition(TypedDict):
    """The phase, and the next page of a table; `changed` counts what this pass through the tables changed."""

    phase: Literal["reading", "writing", "blocks", "leads", "settle"]
    after: LastKey | None
    changed: int


class RekeyTally(TypedDict):
    """How many blocks and leads were re-keyed, and how many could not be in the last pass, in forms of these names."""

    blocks: int
    leads: int
    blocks_left: int
    leads_left: int
    forms_left: list[str]


RekeyWork = JobWork[RekeyAsked, RekeyPosition, RekeyTally]


@dataclass(frozen=True)
class PageCounts:
    """What one page of a table changed, and what it had to leave."""

    changed: int = 0
    left: int = 0
    forms_left: frozenset[str] = frozenset()


def new_work(job_id: str) -> RekeyWork:
    """Return the work of a new migration. Its parts are the phases, because nobody knows the number of rows."""
    start, tally = RekeyPosition(phase="reading", after=None, changed=0), _no_rows()
    return RekeyWork(REKEY, RekeyAsked(job_id=job_id), start, of=len(PHASES), tally=tally)


def in_phase(work: RekeyWork, phase: Literal["writing", "blocks", "leads", "settle"]) -> RekeyWork:
    """Return the work at the beginning of a phase."""
    changed = work.require_position()["changed"]
    position = RekeyPosition(phase=phase, after=None, changed=changed)
    return replace(work, position=position, done=PHASES.index(phase))


def after_page(work: RekeyWork, counts: PageCounts, after: LastKey | None) -> RekeyWork:
    """Return the work after a page of a table: the next page, the next table, another pass, or the end.

    A pass that changed something is followed by another one. So what came in between is re-keyed as well.
    """
    position, of_leads = work.require_position(), work.require_position()["phase"] == "leads"
    tally = work.tally.copy()
    tally["leads" if of_leads else "blocks"] += counts.changed
    tally["leads_left" if of_leads else "blocks_left"] += counts.left
    tally["forms_left"] = sorted({*tally["forms_left"], *counts.forms_left})
    changed = position["changed"] + counts.changed
    moved = RekeyPosition(phase=position["phase"], after=after, changed=changed)
    work = replace(work, position=moved, tally=tally)
    if after is not None:
        return work
    if position["phase"] == "blocks":
        return in_phase(work, "leads")
    return in_phase(work, "settle") if not changed else _another_pass(work)


def as_complete(work: RekeyWork) -> RekeyWork:
    """Return the work when the new form is the only one, or the former one is kept."""
    return replace(work, position=None, done=work.of)


def rekeyed_person(person: Person, refs: Mapping[str, str], windows: Mapping[str, str]) -> Person:
    """Return a person with its refs in the new form; a ref that no present value explains stays as it is.

    The former refs stay among `other_refs`, because a block may be under them.
    """
    new = tuple(dict.fromkeys(refs.get(ref, ref) for ref in person.refs))
    former = dict.fromkeys((*person.refs, *person.other_refs))
    return replace(
        person,
        refs=new,
        windows=tuple(dict.fromkeys(windows.get(ref, ref) for ref in person.windows)),
        other_refs=tuple(ref for ref in former if ref not in new),
        version=person.version + 1,
    )


def _no_rows() -> RekeyTally:
    return RekeyTally(blocks=0, leads=0, blocks_left=0, leads_left=0, forms_left=[])


def _another_pass(work: RekeyWork) -> RekeyWork:
    tally = _no_rows()
    tally["blocks"], tally["leads"] = work.tally["blocks"], work.tally["leads"]
    first = RekeyPosition(phase="blocks", after=None, changed=0)
    return replace(work, position=first, done=PHASES.index("blocks"), tally=tally)
