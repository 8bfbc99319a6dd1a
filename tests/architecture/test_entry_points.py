"""Every entry point for contacts checks the Do Not Call list (INT-11, PRI-16)."""

import ast
import functools
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from chalicelib.blocks.domain import BlockRequest
from chalicelib.blocks.usecases.block_contact import block_contact
from chalicelib.campaigns.domain.campaign_settings import Duplicates
from chalicelib.core.access import ALL_PROJECTS, Role
from chalicelib.core.errors import Conflict
from chalicelib.imports.domain.import_job import Import, ImportKind, Layout
from chalicelib.imports.domain.rows import FileRow
from chalicelib.imports.usecases import import_leads
from chalicelib.intake.usecases.append_duplicate import append_duplicate
from chalicelib.intake.usecases.receive_lead import Submission, receive_lead
from chalicelib.leads.domain.leads import Status
from chalicelib.leads.store import people
from chalicelib.leads.usecases.correct_lead import correct_lead
from chalicelib.organisation.domain.configuration import Field, LeadType
from chalicelib.work.usecases.release_lead import release_lead
from tests.factories.leads import LEAD, MANAGER, NOW, create_lead, create_organisation, facts_of, read_access
from tests.factories.quality import create_bare_campaign, create_held_lead, create_holding_campaign
from tests.harness.api import add_item
from tests.harness.faults import metered

pytestmark = pytest.mark.usefixtures("aws")
ROOT = Path(__file__).parents[2] / "chalicelib"
CONTACT = "+12025550188"
WRITES_A_PERSON = {"people.insert", "people.update", "PersonRow"}
EVALUATES = {
    "intake.usecases.receive_lead": ("evaluate", "intake.usecases.evaluate_lead")
}  # shared with the dry run (CAM-18)
RELEASES = {"work.usecases.release_lead"}  # writes no person: it shows a stored person to the agents

REKEYS = {"leads.usecases.rekey_lead"}  # writes the refs of stored contacts: no contact comes in


@dataclass(frozen=True)
class EntryPoint:
    """Where a contact comes in: a name, the use case that reads the blocks, and the module that calls the use case.

    Every use case that writes a person and every module that calls one is listed here.
    """

    name: str
    use_case: str
    entered_from: str


ENTRY_POINTS = (
    EntryPoint("api", "intake.usecases.receive_lead", "intake.handlers.intake"),
    EntryPoint("manual", "intake.usecases.receive_lead", "intake.handlers.intake"),
    EntryPoint("csv", "intake.usecases.receive_lead", "imports.usecases.import_leads"),
    EntryPoint("correction", "leads.usecases.change_person", "leads.usecases.correct_lead"),
    EntryPoint("append", "leads.usecases.change_person", "intake.usecases.append_duplicate"),
    EntryPoint("release", "work.usecases.release_lead", "work.handlers.quality"),
)


@dataclass(frozen=True)
class EntryPointCase:
    """A test of one entry point: set-up, action (True if the block refused it), and whether a contact was stored."""

    enter: Callable[[], bool]
    before: Callable[[], object] = lambda: None
    is_stored: Callable[[], bool] = lambda: any(CONTACT in row.body for row in people.PersonRow.scan())


def by_api() -> bool:
    """Post a lead with the contact. Return True if its block refused it."""
    submission = Submission("cmp_1", LEAD | {"phone": CONTACT}, None, "lead_api")
    return receive_lead(submission, NOW).declined == "blocked"


def by_hand() -> bool:
    submission = Submission("cmp_1", LEAD | {"phone": CONTACT}, MANAGER, "lead_hand")
    return receive_lead(submission, NOW).declined == "blocked"


def by_correction() -> bool:
    """Correct a lead so that it has the contact."""
    create_lead("lead_before")
    try:
        correct_lead(read_access(), "lead_before", facts_of("lead_before").version, {"phone": CONTACT}, NOW)
    except Conflict as refused:
        return refused.code == "blocked"
    return False


def by_csv() -> bool:
    """Import a file of one lead with the contact."""
    columns = ("first_name", "phone", "email")
    layout = Layout(",", columns, packed=False, bytes=90, lines=2)
    job = Import("imp_1", ImportKind.LEADS, "cmp_1", "prj_1", "user", MANAGER.id, NOW, layout=layout)
    cells = tuple(LEAD[name] if name != "phone" else CONTACT for name in columns)
    (outcome,) = import_leads.receive_rows(job, [FileRow(2, 90, 3, cells)], {}, lambda: NOW)
    return (outcome.verdict, outcome.reason) == ("rejected", "blocked")


def create_waiting_duplicate() -> None:
    """Store a lead, then one with the same e-mail address and the contact, which is appended to the first."""
    fields = (Field("phone", "Phone", "phone"), Field("email", "E-mail", "email", duplicate="email"))
    add_item(LeadType(id="lt_2", version=1, name="Car", fields=fields))
    create_bare_campaign("cmp_2", lead_type_id="lt_2", duplicates=Duplicates(enabled=True, append=True))
    create_lead("lead_earlier", campaign_id="cmp_2", values={"email": "ada@example.com"})
    create_lead("lead_newer", campaign_id="cmp_2", values={"email": "ada@example.com", "phone": CONTACT})


def by_append() -> bool:
    """Process the duplicate as the stream does."""
    append_duplicate("lead_newer", NOW)
    return not contact_is_appended()


def contact_is_appended() -> bool:
    person = people.get("lead_earlier", NOW)
    return person is not None and "phone" in person.fields


def create_held_lead_with_contact() -> None:
    """Store a lead with the contact that is held in quality control."""
    create_holding_campaign()
    create_held_lead("lead_held", phone=CONTACT)


def by_release() -> bool:
    try:
        release_lead(MANAGER, "lead_held", NOW)
    except Conflict as refused:
        return refused.code == "blocked"
    return False


def lead_is_released() -> bool:
    return facts_of("lead_held").status is Status.ACCEPTED


TRIES = {
    "api": EntryPointCase(by_api),
    "manual": EntryPointCase(by_hand),
    "csv": EntryPointCase(by_csv),
    "correction": EntryPointCase(by_correction),
    "append": EntryPointCase(by_append, create_waiting_duplicate, contact_is_appended),
    "release": EntryPointCase(by_release, create_held_lead_with_contact, lead_is_released),
}


def test_INT_11_every_entry_point_is_tested() -> None:
    assert {entry.name for entry in ENTRY_POINTS} == set(TRIES)


@pytest.mark.parametrize("scope", ["prj_1", ALL_PROJECTS])
@pytest.mark.parametrize("entry", ENTRY_POINTS, ids=lambda entry: entry.name)
def test_INT_11_every_entry_point_refuses_a_blocked_contact(entry: EntryPoint, scope: str) -> None:
    create_organisation()
    TRIES[entry.name].before()
    admin = replace(MANAGER, role=Role.ADMIN)
    block_contact(admin, BlockRequest("phone", CONTACT, scope), "req_block", NOW)

    assert TRIES[entry.name].enter()

    assert not TRIES[entry.name].is_stored()


@pytest.mark.parametrize("entry", ENTRY_POINTS, ids=lambda entry: entry.name)
def test_INT_11_every_entry_point_accepts_a_contact_without_a_block(entry: EntryPoint) -> None:
    create_organisation()
    TRIES[entry.name].before()

    assert not TRIES[entry.name].enter()

    assert TRIES[entry.name].is_stored()


@pytest.mark.parametrize("entry", ENTRY_POINTS, ids=lambda entry: entry.name)
def test_PRI_17_every_entry_point_reads_blocks_consistently(entry: EntryPoint) -> None:
    create_organisation()
    TRIES[entry.name].before()
    with metered() as meter:
        TRIES[entry.name].enter()

    bodies = [
        attempt.body
        for attempt in meter.attempts
        if attempt.operation in {"BatchGetItem", "GetItem", "Query"}
    ]
    request = [body for body in bodies if "leadwarden-test-blocks" in json.dumps(body)]
    assert request
    for body in request:
        table = body.get("RequestItems", {}).get("leadwarden-test-blocks", body)
        assert table["ConsistentRead"] is True


def test_INT_11_only_entry_points_write_a_person() -> None:
    writing = {name for name, tree in sources() if calls_of(tree) & WRITES_A_PERSON}

    assert writing - {"leads.store.people"} - REKEYS == {entry.use_case for entry in ENTRY_POINTS} - RELEASES


def test_INT_11_only_entry_points_call_these_use_cases() -> None:
    use_cases = {entry.use_case.rpartition(".")[2]: entry.use_case for entry in ENTRY_POINTS}
    entering = {
        (use_cases[called], name)
        for name, tree in sources()
        for called in calls_of(tree) & use_cases.keys()
        if name != use_cases[called]
    }

    assert entering == {(entry.use_case, entry.entered_from) for entry in ENTRY_POINTS}


@pytest.mark.parametrize("use_case", sorted({entry.use_case for entry in ENTRY_POINTS}))
def test_INT_11_each_entry_point_reads_the_blocks_itself(use_case: str) -> None:
    modules = dict(sources())
    function, asking = EVALUATES.get(use_case, ("", use_case))
    if function:
        assert function in calls_of(modules[use_case])

    calls = calls_of(modules[asking])
    assert calls >= {"blocks.keys", "blocks.from_batch"}
    assert calls & {"batch.read", "batch.read_many"}


@pytest.mark.parametrize(
    "code", ["people.insert(lead_id, person, None, now)", "store.people.update(x)", "PersonRow(a, b)"]
)
def test_INT_11_the_check_finds_a_new_entry_point(code: str) -> None:
    assert calls_of(ast.parse(code)) & WRITES_A_PERSON


@functools.cache
def sources() -> tuple[tuple[str, ast.AST], ...]:
    """Return every module below `chalicelib`, by its dotted name."""
    paths = sorted(ROOT.rglob("*.py"))
    return tuple((".".join(path.relative_to(ROOT).with_suffix("").parts), _tree(path)) for path in paths)


def _tree(path: Path) -> ast.AST:
    return ast.parse(path.read_text())


def calls_of(tree: ast.AST) -> set[str]:
    """Return what a module calls: `name`, or the last two names of a longer expression, `of.name`."""
    called = (ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {".".join(name.split(".")[-2:]) for name in called}
