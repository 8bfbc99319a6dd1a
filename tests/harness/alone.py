"""Run each file of tests in a process of its own: `python -m tests.harness.alone [FILE …]`; all of them by default.

No file may need what another has left behind. A run takes long, so it has a low priority.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
NICE = 15
NOTHING_TO_RUN = 5


def main(files: list[str]) -> int:
    """Run the files one by one and name those that fail. Return 0 if none fails."""
    os.nice(NICE)
    files = files or sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tests").rglob("test_*.py"))
    failed = [file for file in files if not _passes(file)]
    print(f"{len(files) - len(failed)} of {len(files)} files pass alone", *failed, sep="\n")
    return 1 if failed else 0


def _passes(file: str) -> bool:
    command = [sys.executable, "-m", "pytest", "-q", "-m", "not waiting and not faults", file]
    process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    passed = process.returncode in (0, NOTHING_TO_RUN)
    print("passed" if passed else f"FAILED\n{process.stdout}{process.stderr}", file, flush=True)
    return passed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
