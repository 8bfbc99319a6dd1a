"""A file comes in, and another of the same key, however late, early or alike (PRI-18, PRI-19)."""

import pytest

from chalicelib.domain.imports.job import KEPT_S
from tests.given import NOW, an_organisation
from tests.importing import a_bucket, blocked, done

pytestmark = pytest.mark.usefixtures("aws")
ONE, TWO = "+12025550101", "+12025550102"


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
