"""Make a virtual environment from a pinned list, again only when the list or the interpreter changed.

`python3 infra/install.py FOLDER LIST [LIST …]`: the only tool here that runs before anything is installed, so
it needs the standard library alone.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)


def main() -> int:
    """Run the command line; return 0, or 1 after one line that says what is missing."""
    if sys.version_info < OLDEST:
        return _say(
            f"Python 3.11 or later is needed, this is {sys.version.split()[0]}: make PYTHON=python3.12 …"
        )
    folder, *lists = map(Path, sys.argv[1:])
    digest = _digest([*lists, *_included(lists)])
    stamp = folder / ".installed"
    if stamp.exists() and stamp.read_text() == digest:
        return 0
    print(f"· Installing into {folder} (a minute or two, once)", file=sys.stderr, flush=True)
    anew = [] if _is_of_this_python(folder) else ["--clear"]
    if _run([sys.executable, "-m", "venv", *anew, str(folder)]):
        return _say("python3 -m venv does not work here; install your system's python3-venv package.")
    wanted = [argument for one in lists for argument in ("-r", str(one))]
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
    if _run([*pip, *wanted]):
        return _say("The packages could not be installed; is there a network?")
    stamp.write_text(digest)
    return 0


def _digest(lists: list[Path]) -> str:
    content = b"\0".join(one.read_bytes() for one in lists)
    return hashlib.sha256(content + sys.version.encode()).hexdigest()


def _is_of_this_python(folder: Path) -> bool:
    made = folder / "pyvenv.cfg"
    return made.exists() and f"version = {sys.version.split()[0]}\n" in made.read_text()


def _included(lists: list[Path]) -> list[Path]:
    lines = [(one, line) for one in lists for line in one.read_text().splitlines()]
    return [one.parent / line.split()[1] for one, line in lines if line.startswith("-r ")]


def _run(command: list[str]) -> int:
    return subprocess.run(command, check=False).returncode


def _say(line: str) -> int:
    print(f"leadwarden: {line}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
