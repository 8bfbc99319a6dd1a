"""Ask a database of known weaknesses about every locked library: `python -m infra.supply.audit` (`make audit`).

It ends with 0 if no locked version has a known weakness, 1 if one has, and 2 if the answer is not whole: the database
could not be reached, or it did not know a library. 2 never means that the libraries are sound.
"""

import argparse
import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.supply.locks import LISTS, ROOT

DATABASE = "https://api.osv.dev/v1/query"
CLEAN, WEAK, UNKNOWN = 0, 1, 2


@dataclass
class Answer:
    """What was found: lines for known weaknesses, lines for what could not be checked, the number checked."""

    weak: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)
    checked: int = 0

    @property
    def code(self) -> int:
        """The exit code; a known weakness counts before an incomplete answer."""
        if self.weak:
            return WEAK
        return UNKNOWN if self.unchecked or not self.checked else CLEAN


def audit(lock: Path, database: str, answer: Answer) -> None:
    """Add to `answer` what the database knows about the libraries of one lock."""
    command = [
        sys.executable,
        "-m",
        "pip_audit",
        "--requirement",
        str(lock),
        "--require-hashes",
        "--disable-pip",
    ]
    command += ["--vulnerability-service", "osv", "--osv-url", database, "--timeout", "15"]
    command += ["--format", "json", "--progress-spinner", "off"]
    done = subprocess.run(command, text=True, capture_output=True, check=False)
    name = str(lock.relative_to(ROOT)) if lock.is_relative_to(ROOT) else lock.name
    try:
        libraries = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        reason = (done.stderr.strip().splitlines() or ["no answer"])[-1]
        answer.unchecked.append(f"{name}: {_first_words(reason)}")
        return
    for library in libraries:
        _add(library, name, answer)


def _add(library: dict[str, Any], lock: str, answer: Answer) -> None:
    if "skip_reason" in library:
        answer.unchecked.append(f"{lock}: {library['name']}: {library['skip_reason']}")
        return
    answer.checked += 1
    for found in library["vulns"]:
        names = ", ".join([found["id"], *found.get("aliases", ())])
        fixed = ", ".join(found.get("fix_versions", ())) or "no version yet"
        answer.weak.append(f"{lock}: {library['name']} {library['version']}: {names}; fixed in {fixed}")


def _first_words(reason: str) -> str:
    return reason if len(reason) <= 300 else f"{reason[:300]} …"


def report(answer: Answer, database: str) -> None:
    """Print the answer: what is known on stdout, what is not known on stderr."""
    for line in answer.weak:
        print(f"weakness: {line}")
    for line in answer.unchecked:
        print(f"not checked: {line}", file=sys.stderr)
    if answer.unchecked or not answer.checked:
        print(
            f"leadwarden: the audit is not complete. {database} could not be reached, or did not answer for every "
            "library. Nothing follows for the libraries that were not checked. Try again with a network.",
            file=sys.stderr,
        )
    elif not answer.weak:
        print(f"{answer.checked} locked libraries checked, no known weakness")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m infra.supply.audit", description=__doc__)
    parser.add_argument("--database", default=DATABASE, help="an address that answers as OSV's query does")
    parser.add_argument("locks", nargs="*", type=Path, default=[ROOT / lock for lock in LISTS.values()])
    options = parser.parse_args(arguments)
    answer = Answer()
    for lock in options.locks:
        audit(lock, options.database, answer)
    report(answer, options.database)
    return answer.code


if __name__ == "__main__":
    sys.exit(main())
