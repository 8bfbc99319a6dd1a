"""The list of planted bugs follows the code and the tests."""

from pathlib import Path

import pytest

from tests.mutants.mutant import Mutant
from tests.mutants.planted import MUTANTS

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("mutant", MUTANTS, ids=[mutant.name for mutant in MUTANTS])
def test_each_planted_bug_has_its_place_and_its_tests(mutant: Mutant) -> None:
    compile(mutant.text_with_bug(ROOT), mutant.file, "exec")
    for test in mutant.tests:
        file, _, name = test.partition("::")
        assert not name or f"def {name}(" in (ROOT / file).read_text()
        assert (ROOT / file).is_file()


def test_a_text_that_occurs_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "twice.py").write_text("a = 1\na = 1\n")
    with pytest.raises(ValueError, match="occurs 2 times"):
        Mutant("a bug", "RET-1", "twice.py", "a = 1", "a = 2", ("tests/x.py",)).text_with_bug(tmp_path)


def test_names_are_unique() -> None:
    names = [mutant.name for mutant in MUTANTS]
    assert len(names) == len(set(names))
