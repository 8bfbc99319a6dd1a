"""A file comes in, and another of the same key, however late, early or alike (PRI-18, PRI-19)."""

import pytest

from chalicelib.domain.imports.job import KEPT_S, Kind, State, key_of
from chalicelib.usecases.change_import import cancel_import
from chalicelib.usecases.run_import import run_import
from tests.given import MANAGER, NOW, an_organisation
from tests.importing import (
    a_bucket,
    all_blocks,
    blocked,
    done,
    keys,
    lines,
    now_of,
    numbers,
    put,
    shift,
    taken_up,
)

pytestmark = pytest.mark.usefixtures("aws")
ONE, TWO = "+12025550101", "+12025550102"
KEY = key_of(Kind.BLOCK, "prj_1", "dnc")


@pytest.fixture(autouse=True)
def _given(aws: None) -> None:
    an_organisation()
    a_bucket()


@pytest.mark.parametrize("late", [0, 1, 86_400])
def test_PRI_19_a_list_that_is_dropped_every_week_under_one_name_is_taken_every_time(late: int) -> None:
    done(f"{ONE}\n", name="dnc")
    week_later = NOW + KEPT_S + late  # the note of the first file has ended, and TTL has not removed it

    job = done(f"{TWO}\n", name="dnc", now=week_later)

    assert job.progress.by_verdict == {"blocked": 1}
    assert blocked(TWO, now=week_later) is not None


def test_PRI_19_the_same_file_put_again_while_the_first_is_worked_on_is_an_import_that_changes_nothing() -> (
    None
):
    text = lines(numbers(30))
    first, second = taken_up(put(text, KEY)), taken_up(put(text, KEY))

    run_import(first.id, shift())
    before = all_blocks()
    run_import(second.id, shift())

    assert now_of(first.id).progress.by_verdict == {"blocked": 30}
    assert (now_of(second.id).failure, now_of(second.id).progress.by_verdict) == (
        None,
        {"already_blocked": 30},
    )
    assert all_blocks() == before
    assert KEY not in keys()


def test_PRI_25_the_earlier_of_two_alike_that_is_cancelled_leaves_the_later_its_file() -> None:
    text = lines(numbers(3))
    first, second = taken_up(put(text, KEY)), taken_up(put(text, KEY))

    cancel_import(first.id, MANAGER, NOW)
    run_import(first.id, shift())
    assert KEY in keys()
    run_import(second.id, shift())

    assert now_of(second.id).state is State.DONE
    assert KEY not in keys()
