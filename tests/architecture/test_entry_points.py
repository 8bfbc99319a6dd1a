"""Every entry point through which a contact can come in looks at the Do Not Call list (INT-11, PRI-16)."""

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
from chalicelib.imports.domain.rows import Row
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
RELEASES = {"work.usecases.release_lead"}  # writes no person: it shows a stored one to the agents


@dataclass(frozen=True)
class EntryPoint:
    """Where a contact comes in: a name, the use case that reads the blocks, and the module that calls the use case.

    No use case writes a person and no module calls one that does without being listed here.
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
class Try:
    """One entry point: the set-up, how to enter (True if refused for the block), and whether a contact got in."""

    enter: Callable[[], bool]
    before: Callable[[], object] = lambda: None
    has_let_in: Callable[[], bool] = lambda: any(CONTACT in row.body for row in people.PersonRow.scan())


def by_api() -> bool:
    """Post a lead with the contact; True if it was refused for its block."""
    submission = Submission("cmp_1", LEAD | {"phone": CONTACT}, None, "lead_api")
    return receive_lead(submission, NOW).declined == "blocked"


def by_hand() -> bool:
    submission = Submission("cmp_1", LEAD | {"phone": CONTACT}, MANAGER, "lead_hand")
    return receive_lead(submission, NOW).declined == "blocked"


def by_correction() -> bool:
    """Give a lead that is in the contact."""
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
    (outcome,) = import_leads.receive_rows(job, [Row(2, 90, 3, cells)], {}, NOW)
    return (outcome.verdict, outcome.reason) == ("rejected", "blocked")


def a_duplicate_waits() -> None:
    """Take in a lead, and again one of the same e-mail address with the contact, which goes to the first."""
    fields = (Field("phone", "Phone", "phone"), Field("email", "E-mail", "email", duplicate="email"))
    add_item(LeadType(id="lt_2", version=1, name="Car", fields=fields))
    create_bare_campaign("cmp_2", lead_type_id="lt_2", duplicates=Duplicates(enabled=True, append=True))
    create_lead("lead_earlier", campaign_id="cmp_2", values={"email": "ada@example.com"})
    create_lead("lead_newer", campaign_id="cmp_2", values={"email": "ada@example.com", "phone": CONTACT})


def by_append() -> bool:
    """Take the duplicate up; what it says is what a stream would make of it."""
    append_duplicate("lead_newer", NOW)
    return not appended()


def appended() -> bool:
    person = people.get("lead_earlier", NOW)
    return person is not None and "phone" in person.fields


def a_lead_is_held() -> None:
    """Take in a lead with the contact that waits in quality control."""
    create_holding_campaign()
    create_held_lead("lead_held", phone=CONTACT)


def by_release() -> bool:
    try:
        release_lead(MANAGER, "lead_held", NOW)
    except Conflict as refused:
        return refused.code == "blocked"
    return False


def released() -> bool:
    return facts_of("lead_held").status is Status.ACCEPTED


TRIES = {
    "api": Try(by_api),
    "manual": Try(by_hand),
    "csv": Try(by_csv),
    "correction": Try(by_correction),
    "append": Try(by_append, a_duplicate_waits, appended),
    "release": Try(by_release, a_lead_is_held, released),
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

    assert not TRIES[entry.name].has_let_in()


@pytest.mark.parametrize("entry", ENTRY_POINTS, ids=lambda entry: entry.name)
def test_INT_11_every_entry_point_accepts_a_contact_without_a_block(entry: EntryPoint) -> None:
    create_organisation()
    TRIES[entry.name].before()

    assert not TRIES[entry.name].enter()

    assert TRIES[entry.name].has_let_in()


@pytest.mark.parametrize("entry", ENTRY_POINTS, ids=lambda entry: entry.name)
def test_PRI_17_every_entry_point_reads_blocks_consistently(entry: EntryPoint) -> None:
    create_organisation()
    TRIES[entry.name].before()
    with metered() as meter:
        TRIES[entry.name].enter()

    bodies = [one.body for one in meter.attempts if one.operation in {"BatchGetItem", "GetItem", "Query"}]
    asked = [body for body in bodies if "leadwarden-test-blocks" in json.dumps(body)]
    assert asked
    for body in asked:
        table = body.get("RequestItems", {}).get("leadwarden-test-blocks", body)
        assert table["ConsistentRead"] is True


def test_INT_11_only_entry_points_write_a_person() -> None:
    writing = {name for name, tree in sources() if calls(tree) & WRITES_A_PERSON}

    assert writing - {"leads.store.people"} == {entry.use_case for entry in ENTRY_POINTS} - RELEASES


def test_INT_11_only_entry_points_call_these_use_cases() -> None:
    use_cases = {entry.use_case.rpartition(".")[2]: entry.use_case for entry in ENTRY_POINTS}
    entering = {
        (use_cases[called], name)
        for name, tree in sources()
        for called in calls(tree) & use_cases.keys()
        if name != use_cases[called]
    }

    assert entering == {(entry.use_case, entry.entered_from) for entry in ENTRY_POINTS}


@pytest.mark.parametrize("use_case", sorted({entry.use_case for entry in ENTRY_POINTS}))
def test_INT_11_each_entry_point_reads_the_blocks_itself(use_case: str) -> None:
    modules = dict(sources())
    function, asking = EVALUATES.get(use_case, ("", use_case))
    if function:
        assert function in calls(modules[use_case])

    assert calls(modules[asking]) >= {"blocks.keys", "blocks.from_batch", "batch.read"}


@pytest.mark.parametrize(
    "code", ["people.insert(lead_id, person, None, now)", "store.people.update(x)", "PersonRow(a, b)"]
)
def test_INT_11_the_check_finds_a_new_entry_point(code: str) -> None:
    assert calls(ast.parse(code)) & WRITES_A_PERSON


@functools.cache
def sources() -> tuple[tuple[str, ast.AST], ...]:
    """Return every module below `chalicelib`, by its dotted name."""
    paths = sorted(ROOT.rglob("*.py"))
    return tuple((".".join(path.relative_to(ROOT).with_suffix("").parts), _tree(path)) for path in paths)


def _tree(path: Path) -> ast.AST:
    return ast.parse(path.read_text())


def calls(tree: ast.AST) -> set[str]:
    """Return what a module calls: `name`, or `of.name` by the last two words of a longer one."""
    called = (ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {".".join(name.split(".")[-2:]) for name in called}
