"""The file of `make faults`, in small: each row has the verdict that the file says (PRI-23)."""

import pytest

from tests.e2e.big_file import big_file
from tests.factories.imports import create_bucket, run_file, verdicts
from tests.factories.leads import create_organisation


@pytest.mark.usefixtures("aws")
def test_PRI_23_each_row_of_the_big_file_has_its_verdict() -> None:
    create_organisation()
    create_bucket()
    file = big_file(2_000)

    seen = verdicts(run_file(file.content))

    assert [(verdict, reason if verdict == "invalid" else "") for verdict, reason in seen] == file.verdicts
