"""The locks: every library that is installed, at one version, with the hashes of its published files.

A list (`requirements*.txt`) names what is asked for directly. Its lock is written by `make lock` and holds what these
libraries need, too. Installation takes a lock only, so that one commit always installs the same files.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LISTS = {
    "requirements-dev.txt": "requirements-dev.lock",
    "requirements.txt": "requirements.lock",
    "infra/local/requirements.txt": "infra/local/requirements.lock",
}
LAYER_LIST = ROOT / "requirements.txt"
LAYER_LOCK = ROOT / LISTS["requirements.txt"]

_ENTRY = re.compile(
    r"^(?P<line>\S.*?) \\\n(?P<hashes>(?: {4}--hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.MULTILINE
)
_HASH = re.compile(r"sha256:([0-9a-f]{64})")


@dataclass(frozen=True)
class Pin:
    """One library of a lock: its canonical name, its version, and the SHA-256 of each file it may be."""

    name: NormalizedName
    version: str
    requirement: Requirement
    hashes: tuple[str, ...]

    @property
    def applies(self) -> bool:
        """Whether the running interpreter needs it (its marker)."""
        return self.requirement.marker is None or self.requirement.marker.evaluate()

    def __str__(self) -> str:
        """Return the lines of the lock."""
        return " \\\n".join([str(self.requirement), *(f"    --hash=sha256:{value}" for value in self.hashes)])


def read_lock(path: Path) -> list[Pin]:
    """Return the libraries of a lock, in its order; raise ValueError for a line without a version or a hash."""
    text = path.read_text(encoding="utf-8")
    pins = [_pin(found["line"], _HASH.findall(found["hashes"])) for found in _ENTRY.finditer(text)]
    rest = [
        line
        for line in _ENTRY.sub("", text).splitlines()
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if rest:
        raise ValueError(f"{path.name}: a line without a hash: {rest[0].split()[0]}")
    return pins


def missing_from(lock: list[Pin], asked: Path) -> list[str]:
    """Return the names that a list asks for and that its lock does not hold at the asked version."""
    held = {(pin.name, pin.version) for pin in lock}
    return [name for name, version in _asked(asked) if (canonicalize_name(name), version) not in held]


def _pin(line: str, hashes: list[str]) -> Pin:
    requirement = Requirement(line)
    return Pin(canonicalize_name(requirement.name), _version(requirement), requirement, tuple(hashes))


def _asked(path: Path) -> list[tuple[str, str]]:
    result = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("-r "):
            result += _asked(path.parent / line.split()[1])
        elif line.strip() and not line.startswith("#"):
            requirement = Requirement(line)
            result.append((requirement.name, _version(requirement)))
    return result


def _version(requirement: Requirement) -> str:
    operators = list(requirement.specifier)
    if len(operators) != 1 or operators[0].operator != "==":
        raise ValueError(f"{requirement.name} is not pinned by == to one version")
    return operators[0].version
