"""Plant each bug of the list, one at a time, and see that its tests notice: `python -m tests.mutants [NAME …]`.

The bugs are planted in a temporary copy of the tree. A name may be a part of a bug's name.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.mutants.mutant import Mutant
from tests.mutants.planted import MUTANTS

ROOT = Path(__file__).parents[2]
COPIED = ("app.py", "chalicelib", "docs", "infra", "pyproject.toml", "requirements.lock", "tests", ".chalice")
LONGEST_S = 300
PASSED, FAILED = 0, 1


def main(names: list[str]) -> int:
    """Plant the bugs whose names hold one of `names`, or all. Return 0 if every one is noticed."""
    chosen = [mutant for mutant in MUTANTS if not names or any(name in mutant.name for name in names)]
    if not chosen:
        print("No planted bug has such a name.")
        return 1
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        tree = _copied(Path(folder))
        for mutant in chosen:
            mutant.text_with_bug(tree)  # a text that is not there once ends the run before it begins
        if _run(tree, sorted({test for mutant in chosen for test in mutant.tests})) != PASSED:
            print("The tests fail without a planted bug; see to that first.")
            return 1
        results = [_plant(tree, mutant) for mutant in chosen]
    print(f"{sum(results)} of {len(results)} planted bugs are noticed")
    return 0 if all(results) else 1


def _copied(folder: Path) -> Path:
    skipped = shutil.ignore_patterns("__pycache__", "e2e", "deployments")
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=skipped)
        else:
            shutil.copy2(source, folder / name)
    return folder


def _plant(tree: Path, mutant: Mutant) -> bool:
    path, started = tree / mutant.file, time.monotonic()
    sound = path.read_text()
    path.write_text(mutant.text_with_bug(tree))
    try:
        noticed = _run(tree, mutant.tests, quiet=True) == FAILED
    finally:
        path.write_text(sound)
    mark = "noticed    " if noticed else "NOT NOTICED"
    print(f"{mark}  {time.monotonic() - started:5.1f} s  {mutant.rule:8}  {mutant.name}", flush=True)
    return noticed


def _run(tree: Path, tests: Sequence[str], *, quiet: bool = False) -> int:
    """Return pytest's code: 0 if all passed, 1 if one failed. Anything else, and no end in time, is no notice.

    Each file of tests may take five minutes.
    """
    command = [sys.executable, "-B", "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    longest_s = LONGEST_S * len(tests)
    try:
        done = subprocess.run(
            command, cwd=tree, capture_output=True, text=True, check=False, timeout=longest_s
        )
    except subprocess.TimeoutExpired:
        return -1
    if done.returncode not in (PASSED, FAILED) or (done.returncode and not quiet):
        print(done.stdout, done.stderr, sep="\n")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
