"""The organisation every attack is made on."""

from typing import Any

import pytest

from tests.attacks.world import World, build
from tests.support import House


@pytest.fixture
def world(pool: Any, house: House) -> World:
    """Two projects, callers of every kind, and one thing of every kind in the first project."""
    return build(house, pool)
