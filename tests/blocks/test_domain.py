"""Blocks: earlier start, later end, and who may make them (PRI-12)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.blocks.domain import Block, blocked_again, require_scope
from chalicelib.core.access import ALL_PROJECTS, Actor, Role
from chalicelib.core.errors import Forbidden, NotFound

NOW = 1_700_000_000
ends = st.none() | st.integers(NOW, NOW + 10**6)


def block(until: int | None) -> Block:
    """A block of an example contact."""
    return Block("ref", "prj_1", NOW, until, "user", "usr_1", "…47")


@pytest.mark.parametrize(
    ("earlier", "later", "expected"),
    [(10, 20, 20), (20, 10, 20), (None, 10, None), (10, None, None), (None, None, None), (10, 10, 10)],
)
def test_PRI_12_blocking_again_keeps_the_later_end(
    earlier: int | None, later: int | None, expected: int | None
) -> None:
    assert blocked_again(block(earlier), later).until == expected


@given(ends, ends)
def test_PRI_12_blocking_again_keeps_the_earlier_start(earlier: int | None, later: int | None) -> None:
    before = block(earlier)

    after = blocked_again(before, later)

    assert after.blocked_at == before.blocked_at
    assert after.until is None or (earlier is not None and after.until >= earlier)
    assert blocked_again(after, later) == after
    assert (after == before) == (after.version == before.version)


def test_PRI_12_agents_and_managers_block_for_own_projects_only() -> None:
    manager = Actor("user", "usr_1", Role.MANAGER, project_ids=frozenset({"prj_1"}))

    require_scope(manager, "prj_1")
    with pytest.raises(NotFound):
        require_scope(manager, "prj_2")
    with pytest.raises(Forbidden):
        require_scope(manager, ALL_PROJECTS)


def test_PRI_12_only_admins_block_for_all_projects() -> None:
    admin = Actor("user", "usr_1", Role.ADMIN)

    require_scope(admin, ALL_PROJECTS)
    require_scope(admin, "prj_9")
