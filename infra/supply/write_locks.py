"""Write the locks: `python -m infra.supply.write_locks [--upgrade NAME|all]` (`make lock`).

A locked version stays unless a list asks for another, or `--upgrade` names it. Each lock is valid for every Python
from 3.11 and every platform, and holds the hashes of all wheels that the package index offers. The layer's lock
takes its versions from development's, so that the tests run with what is deployed.
"""

import argparse
import subprocess
import sys

from infra.supply.locks import LISTS, ROOT

_OLDEST_PYTHON = "3.11"
_OPTIONS = ("--generate-hashes", "--universal", "--python-version", _OLDEST_PYTHON, "--only-binary", ":all:")
_SPEECH = ("--no-config", "--quiet", "--custom-compile-command", "make lock")


def write_lock(asked: str, lock: str, constraints: list[str], upgrade: str | None) -> int:
    """Write one lock and return the exit code of uv, which has printed its own reason."""
    command = [
        sys.executable,
        "-m",
        "uv",
        "pip",
        "compile",
        *_OPTIONS,
        *_SPEECH,
        asked,
        "--output-file",
        lock,
    ]
    command += [argument for path in constraints for argument in ("--constraint", path)]
    if upgrade:
        command += ["--upgrade"] if upgrade == "all" else ["--upgrade-package", upgrade]
    return subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=False).returncode


def main() -> int:
    """Run the command line; return 0, or 1 after a line that says which lock was not written."""
    parser = argparse.ArgumentParser(prog="python -m infra.supply.write_locks", description=__doc__)
    parser.add_argument("--upgrade", metavar="NAME", help="take the newest version of NAME, or of all")
    options = parser.parse_args()
    development = LISTS["requirements-dev.txt"]
    for asked, lock in LISTS.items():
        constraints = [development] if asked == "requirements.txt" else []
        if write_lock(asked, lock, constraints, options.upgrade):
            print(f"leadwarden: {lock} was not written; is the package index reachable?", file=sys.stderr)
            return 1
        print(f"wrote {lock}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
