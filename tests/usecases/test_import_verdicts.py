"""What a row of a file comes to, however it is written, whatever else stands in it (PRI-20, PRI-21, PRI-24)."""

import pytest

from tests.given import an_organisation
from tests.importing import a_bucket, blocked, done, result

pytestmark = pytest.mark.usefixtures("aws")
ONE, TWO = "+12025550101", "+12025550102"
PIECE = 256 * 1024


@pytest.fixture(autouse=True)
def _given(aws: None) -> None:
    an_organisation()
    a_bucket()


@pytest.mark.parametrize("before_the_border", [40_005, 40_000, 39_000, 12])
def test_PRI_21_the_end_of_a_line_that_is_too_long_is_no_row(before_the_border: int) -> None:
    first = f"{ONE}\n".ljust(PIECE - before_the_border, "\n")
    long = "x" * 40_000 + "+12025550199"

    job = done(f"{first}{long}\n{TWO}\n")

    line = first.count("\n") + 1
    assert [(row["row"], row["verdict"], row["reason"]) for row in result(job)] == [
        ("1", "blocked", ""),
        (str(line), "invalid", "too_long"),
        (str(line + 1), "blocked", ""),
    ]
    assert blocked("+12025550199") is None
