"""Create a virtual environment from pinned lists; create it again only when a list or the interpreter changed.

`python3 infra/install.py FOLDER LIST [LIST …]`: this tool runs before anything is installed, so it needs
the standard library alone.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)


def main() -> int:
    """Run the command line; return 0, or 1 after one line that says what is missing."""
    if sys.version_info < OLDEST:
        return _fail(
            f"Python 3.11 or later is needed, this is {sys.version.split()[0]}: make PYTHON=python3.12 …"
        )
    folder, *lists = map(Path, sys.argv[1:])
    digest = _digest([*lists, *_included(lists)])
    stamp = folder / ".installed"
    if stamp.exists() and stamp.read_text() == digest:
        return 0
    print(f"· Installing into {folder} (a minute or two, once)", file=sys.stderr, flush=True)
    clear = [] if _is_of_this_python(folder) else ["--clear"]
    if _run([sys.executable, "-m", "venv", *clear, str(folder)]):
        return _fail("python3 -m venv does not work here; install your system's python3-venv package.")
    requirements = [argument for path in lists for argument in ("-r", str(path))]
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
    if _run([*pip, *requirements]):
        return _fail("The packages could not be installed; is there a network?")
    stamp.write_text(digest)
    return 0


def _digest(lists: list[Path]) -> str:
    content = b"\0".join(path.read_bytes() for path in lists)
    return hashlib.sha256(content + sys.version.encode()).hexdigest()


def _is_of_this_python(folder: Path) -> bool:
    config = folder / "pyvenv.cfg"
    return config.exists() and f"version = {sys.version.split()[0]}\n" in config.read_text()


def _included(lists: list[Path]) -> list[Path]:
    lines = [(path, line) for path in lists for line in path.read_text().splitlines()]
    return [path.parent / line.split()[1] for path, line in lines if line.startswith("-r ")]


def _run(command: list[str]) -> int:
    return subprocess.run(command, check=False).returncode


def _fail(line: str) -> int:
    print(f"leadwarden: {line}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
