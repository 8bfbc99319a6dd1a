"""Every door through which a contact can come in looks at the Do Not Call list (INT-11, PRI-16)."""

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
from chalicelib.intake.domain.doors import ENTRY_POINTS, EntryPoint
from chalicelib.intake.usecases.append_duplicate import append_duplicate
from chalicelib.intake.usecases.receive_lead import Submission, receive_lead
from chalicelib.leads.domain.leads import Status
from chalicelib.leads.store import people
from chalicelib.leads.usecases.correct_lead import correct_lead
from chalicelib.organisation.domain.configuration import Field, LeadType
from chalicelib.work.usecases.release_lead import release_lead
from tests.faults.faults import metered
from tests.given import LEAD, MANAGER, NOW, create_lead, create_organisation, facts_of, read_access
from tests.reviewing import create_bare_campaign, create_held_lead, create_holding_campaign
from tests.support import add_item

pytestmark = pytest.mark.usefixtures("aws")
ROOT = Path(__file__).parents[2] / "chalicelib"
CONTACT = "+12025550188"
WRITES_A_PERSON = {"people.added", "people.changed", "PersonRow"}
JUDGES, JUDGED_IN = {"receive_lead": "judge"}, "judge_lead"  # the dry run asks with the same code (CAM-18)
LETS_OUT = {"usecases.release_lead"}  # the person is there already; the door is the way to the agents


@dataclass(frozen=True)
class Try:
    """One door: what comes before, an entrance (True if it was refused for the block), and whether it let one in."""

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
        correct_lead("lead_before", facts_of("lead_before").version, {"phone": CONTACT}, read_access(), NOW)
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
        release_lead("lead_held", MANAGER, NOW)
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


def test_INT_11_every_registered_door_is_tried_here() -> None:
    assert {door.name for door in ENTRY_POINTS} == set(TRIES)


@pytest.mark.parametrize("scope", ["prj_1", ALL_PROJECTS])
@pytest.mark.parametrize("door", ENTRY_POINTS, ids=lambda door: door.name)
def test_INT_11_no_door_lets_a_blocked_contact_in(door: EntryPoint, scope: str) -> None:
    create_organisation()
    TRIES[door.name].before()
    admin = replace(MANAGER, role=Role.ADMIN)
    block_contact(BlockRequest("phone", CONTACT, scope), admin, "req_block", NOW)

    assert TRIES[door.name].enter()

    assert not TRIES[door.name].has_let_in()


@pytest.mark.parametrize("door", ENTRY_POINTS, ids=lambda door: door.name)
def test_INT_11_without_a_block_every_door_lets_the_contact_in(door: EntryPoint) -> None:
    create_organisation()
    TRIES[door.name].before()

    assert not TRIES[door.name].enter()

    assert TRIES[door.name].has_let_in()


@pytest.mark.parametrize("door", ENTRY_POINTS, ids=lambda door: door.name)
def test_PRI_17_every_door_reads_blocks_strongly_consistent(door: EntryPoint) -> None:
    create_organisation()
    TRIES[door.name].before()
    with metered() as meter:
        TRIES[door.name].enter()

    bodies = [one.body for one in meter.attempts if one.operation in {"BatchGetItem", "GetItem", "Query"}]
    asked = [body for body in bodies if "leadwarden-test-blocks" in json.dumps(body)]
    assert asked
    for body in asked:
        table = body.get("RequestItems", {}).get("leadwarden-test-blocks", body)
        assert table["ConsistentRead"] is True


def test_INT_11_whoever_writes_a_person_is_a_registered_door() -> None:
    writing = {name for name, tree in sources() if calls(tree) & WRITES_A_PERSON}

    assert writing - {"stores.people"} == {f"usecases.{door.use_case}" for door in ENTRY_POINTS} - LETS_OUT


def test_INT_11_whoever_calls_a_door_s_use_case_is_registered_as_an_entrance() -> None:
    use_cases = {door.use_case for door in ENTRY_POINTS}
    entering = {
        (called, name)
        for name, tree in sources()
        for called in calls(tree) & use_cases
        if name != f"usecases.{called}"
    }

    assert entering == {(door.use_case, door.entered_from) for door in ENTRY_POINTS}


@pytest.mark.parametrize("use_case", sorted({door.use_case for door in ENTRY_POINTS}))
def test_INT_11_a_door_s_use_case_asks_the_list_itself(use_case: str) -> None:
    modules = dict(sources())
    judge = JUDGES.get(use_case)
    if judge is not None:
        assert judge in calls(modules[f"usecases.{use_case}"])

    asking = modules[f"usecases.{JUDGED_IN if judge else use_case}"]

    assert calls(asking) >= {"blocks.keys", "blocks.found", "batch.read"}


@pytest.mark.parametrize(
    "code", ["people.added(lead_id, person, None, now)", "stores.people.changed(x)", "PersonRow(a, b)"]
)
def test_INT_11_the_walk_above_sees_a_new_way_in(code: str) -> None:
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
