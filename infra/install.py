"""Create a virtual environment from a lock; create it again only when the lock or the interpreter changed.

`python3 infra/install.py FOLDER LOCK`: this tool runs before anything is installed, so it needs the standard library
alone. Every file is a wheel and has one of the hashes in the lock, or nothing is installed.
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
    folder, lock = map(Path, sys.argv[1:])
    digest = _digest(lock)
    stamp = folder / ".installed"
    if stamp.exists() and stamp.read_text() == digest:
        return 0
    print(f"· Installing into {folder} (a minute or two, once)", file=sys.stderr, flush=True)
    clear = [] if _is_of_this_python(folder) else ["--clear"]
    if _run([sys.executable, "-m", "venv", *clear, str(folder)]):
        return _fail("python3 -m venv does not work here; install your system's python3-venv package.")
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
    if _run([*pip, "--require-hashes", "--only-binary=:all:", "--requirement", str(lock)]):
        return _fail(
            f"The packages of {lock} could not be installed; is there a network? "
            "If pip says that hashes do not match, the index offers other files than the locked ones: "
            "install none of them."
        )
    stamp.write_text(digest)
    return 0


def _digest(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()


def _is_of_this_python(folder: Path) -> bool:
    config = folder / "pyvenv.cfg"
    return config.exists() and f"version = {sys.version.split()[0]}\n" in config.read_text()


def _run(command: list[str]) -> int:
    return subprocess.run(command, check=False).returncode


def _fail(line: str) -> int:
    print(f"leadwarden: {line}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
