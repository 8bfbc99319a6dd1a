"""Every door through which a contact can come in looks at the Do Not Call list (INT-11, PRI-16)."""

import ast
import functools
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from chalicelib.domain.access import Role
from chalicelib.domain.blocks import ALL_PROJECTS, BlockRequest
from chalicelib.domain.doors import DOORS, Door
from chalicelib.domain.errors import Conflict
from chalicelib.domain.imports.job import Import, Kind, Layout
from chalicelib.domain.imports.rows import Row
from chalicelib.stores import people
from chalicelib.usecases import import_leads
from chalicelib.usecases.block_contact import block_contact
from chalicelib.usecases.correct_lead import correct_lead
from chalicelib.usecases.receive_lead import Submission, receive_lead
from tests.faults.faults import metered
from tests.given import LEAD, MANAGER, NOW, a_lead, an_organisation, facts_of, reading

pytestmark = pytest.mark.usefixtures("aws")
ROOT = Path(__file__).parents[2] / "chalicelib"
CONTACT = "+12025550188"
WRITES_A_PERSON = {"people.added", "people.changed", "PersonRow"}


def by_api() -> bool:
    """Post a lead with the contact; True if it was refused for its block."""
    submission = Submission("cmp_1", LEAD | {"phone": CONTACT}, None, "lead_api")
    return receive_lead(submission, NOW).turned_away == "blocked"


def by_hand() -> bool:
    submission = Submission("cmp_1", LEAD | {"phone": CONTACT}, MANAGER, "lead_hand")
    return receive_lead(submission, NOW).turned_away == "blocked"


def by_correction() -> bool:
    """Give a lead that is in the contact."""
    a_lead("lead_before")
    try:
        correct_lead("lead_before", facts_of("lead_before").version, {"phone": CONTACT}, reading(), NOW)
    except Conflict as refused:
        return refused.code == "blocked"
    return False


def by_csv() -> bool:
    """Import a file of one lead with the contact."""
    columns = ("first_name", "phone", "email")
    layout = Layout(",", columns, packed=False, bytes=90, lines=2)
    job = Import("imp_1", Kind.LEADS, "cmp_1", "prj_1", "user", MANAGER.id, NOW, layout=layout)
    cells = tuple(LEAD[name] if name != "phone" else CONTACT for name in columns)
    (outcome,) = import_leads.receive(job, [Row(2, 90, 3, cells)], {}, NOW)
    return (outcome.verdict, outcome.reason) == ("rejected", "blocked")


TRIES: dict[str, Callable[[], bool]] = {
    "api": by_api,
    "manual": by_hand,
    "csv": by_csv,
    "correction": by_correction,
}


def test_INT_11_every_registered_door_is_tried_here() -> None:
    assert {door.name for door in DOORS} == set(TRIES)


@pytest.mark.parametrize("scope", ["prj_1", ALL_PROJECTS])
@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_INT_11_no_door_lets_a_blocked_contact_in(door: Door, scope: str) -> None:
    an_organisation()
    admin = replace(MANAGER, role=Role.ADMIN)
    block_contact(BlockRequest("phone", CONTACT, scope), admin, "req_block", NOW)

    assert TRIES[door.name]()

    assert not [row for row in people.PersonRow.scan() if CONTACT in row.body]


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_INT_11_without_a_block_every_door_lets_the_contact_in(door: Door) -> None:
    an_organisation()

    assert not TRIES[door.name]()

    assert [row for row in people.PersonRow.scan() if CONTACT in row.body]


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_PRI_17_every_door_reads_blocks_strongly_consistent(door: Door) -> None:
    an_organisation()
    with metered() as meter:
        TRIES[door.name]()

    bodies = [one.body for one in meter.attempts if one.operation in {"BatchGetItem", "GetItem", "Query"}]
    asked = [body for body in bodies if "leadwarden-test-blocks" in json.dumps(body)]
    assert asked
    for body in asked:
        table = body.get("RequestItems", {}).get("leadwarden-test-blocks", body)
        assert table["ConsistentRead"] is True


def test_INT_11_whoever_writes_a_person_is_a_registered_door() -> None:
    writing = {name for name, tree in sources() if calls(tree) & WRITES_A_PERSON}

    assert writing - {"stores.people"} == {f"usecases.{door.use_case}" for door in DOORS}


def test_INT_11_whoever_calls_a_door_s_use_case_is_registered_as_an_entrance() -> None:
    use_cases = {door.use_case for door in DOORS}
    entering = {
        (called, name)
        for name, tree in sources()
        for called in calls(tree) & use_cases
        if name != f"usecases.{called}"
    }

    assert entering == {(door.use_case, door.entered_from) for door in DOORS}


@pytest.mark.parametrize("use_case", sorted({door.use_case for door in DOORS}))
def test_INT_11_a_door_s_use_case_asks_the_list_itself(use_case: str) -> None:
    tree = dict(sources())[f"usecases.{use_case}"]

    assert calls(tree) >= {"blocks.keys", "blocks.found", "batch.read"}


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
