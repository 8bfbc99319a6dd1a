"""A separate local stack for the tests: a free port and a temporary folder."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local import commands, engine
from infra.local.stack_config import StackConfig, free_port
from tests.e2e.stack import Stack

HERE = Path(__file__).parent
_WALK = "test_permissions.py"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep these tests in two workers with a stack each: the walkthrough, and the rest."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.xdist_group("walk" if item.path.name == _WALK else "e2e"))


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The packaged application on a fresh local stack, seeded as by `make up`."""
    place = StackConfig(home=tmp_path_factory.mktemp("stack"), port=free_port(), throwaway=True)
    started_at = int(time.time())
    try:
        yield Stack(place, commands.up(place), started_at)
    finally:
        engine.stop(place)
