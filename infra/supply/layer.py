"""Build the layer: the libraries of the functions, each file checked against its hash, less what is never run.

Each module has its compiled form beside it. The archive is the same, byte by byte, for the same lock, cuts and Python.
Its bill of materials lies beside it. Both are kept under a name that covers everything they are made from. A kept pair
needs no network.
"""

import hashlib
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import chalice
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from infra.errors import PackagingFailed
from infra.supply import bom, compiled, cuts
from infra.supply.archive import write_archive
from infra.supply.kept import key_of, place
from infra.supply.locks import LAYER_LIST, LAYER_LOCK, ROOT, Pin, missing_from, read_lock

LAYERS = ROOT / ".build" / "layers"
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
MACHINE = "x86_64"
_GLIBC_MINOR = 26 if sys.version_info < (3, 12) else 34  # of Lambda's images: Amazon Linux 2 and 2023
PLATFORMS = [
    *(f"manylinux_2_{minor}_{MACHINE}" for minor in range(_GLIBC_MINOR, 4, -1)),
    f"manylinux2014_{MACHINE}",
]


@dataclass(frozen=True)
class Layer:
    """A built layer. `key` covers lock, cuts, Python with its compiler, platform and the tool that built it."""

    key: str
    archive: Path
    bom: Path


def build_layer(folder: Path = LAYERS, lock: Path = LAYER_LOCK, asked: Path = LAYER_LIST) -> Layer:
    """Return the layer of a lock from `folder`, built first if it is not there; raise PackagingFailed."""
    key = layer_key(lock)
    layer = Layer(key, folder / f"layer-{key}.zip", folder / f"layer-{key}.cdx.json")
    if not (layer.archive.exists() and layer.bom.exists()):
        folder.mkdir(parents=True, exist_ok=True)
        _build(layer, lock, asked)
    return layer


def layer_key(lock: Path = LAYER_LOCK) -> str:
    """Return the SHA-256 of all that a layer is made from."""
    tools = sorted(Path(__file__).parent.glob("*.py"))
    parts = [path.read_bytes() for path in (lock, *tools)]
    named = (PYTHON, compiled.COMPILER, " ".join(PLATFORMS), chalice.__version__)
    return key_of([*parts, *(name.encode() for name in named)])


def _build(layer: Layer, lock: Path, asked: Path) -> None:
    pins = _pins(lock, asked)
    with tempfile.TemporaryDirectory(prefix="leadwarden-layer-") as scratch:
        target = Path(scratch) / "site-packages"
        installed = _install([pin for pin in pins if pin.name not in cuts.PACKAGES], target)
        _require_whole(installed, {pin.name for pin in pins})
        archive = Path(scratch) / "layer.zip"
        _write_archive(target, archive)
        digest = hashlib.sha256(archive.read_bytes()).hexdigest()
        text = json.dumps(bom.bill_of_materials(installed, layer.key, digest, PYTHON), indent=1) + "\n"
        (Path(scratch) / "bom").write_text(text, encoding="utf-8")
        place(Path(scratch) / "bom", layer.bom)
        place(archive, layer.archive)


def _pins(lock: Path, asked: Path) -> list[Pin]:
    try:
        pins = read_lock(lock)
        missing = missing_from(pins, asked)
    except ValueError as error:
        raise PackagingFailed(str(error)) from error
    if missing:
        raise PackagingFailed(
            f"{lock.name} does not hold what {asked.name} asks for: {', '.join(missing)}; run make lock"
        )
    return [pin for pin in pins if pin.applies]


def _install(pins: list[Pin], target: Path) -> list[dict[str, Any]]:
    """Install wheels for Lambda into `target`, each checked against the lock; return what pip reports of them."""
    requirements, report = target.with_name("requirements.txt"), target.with_name("report.json")
    requirements.write_text("".join(f"{pin}\n" for pin in pins), encoding="utf-8")
    command = [sys.executable, "-m", "pip", "install", "--require-hashes", "--only-binary=:all:", "--no-deps"]
    command += ["--no-compile", "--disable-pip-version-check", "--no-input", "--implementation", "cp"]
    command += ["--python-version", PYTHON, *(f"--platform={platform}" for platform in PLATFORMS)]
    command += ["--target", str(target), "--report", str(report), "--requirement", str(requirements)]
    done = subprocess.run(command, text=True, capture_output=True, check=False)
    if done.returncode:
        raise PackagingFailed(
            f"the libraries of the layer could not be installed:\n{done.stderr or done.stdout}"
        )
    installed: list[dict[str, Any]] = json.loads(report.read_text(encoding="utf-8"))["install"]
    return sorted(installed, key=lambda item: canonicalize_name(item["metadata"]["name"]))


def _require_whole(installed: list[dict[str, Any]], locked: set[Any]) -> None:
    """Raise PackagingFailed if a library needs one that the lock lacks: a lock changed by hand, for example."""
    for item in installed:
        for line in item["metadata"].get("requires_dist", ()):
            needed = Requirement(line)
            applies = needed.marker is None or needed.marker.evaluate({"extra": ""})
            if applies and canonicalize_name(needed.name) not in locked:
                name = item["metadata"]["name"]
                raise PackagingFailed(f"{name} needs {needed.name}, which the lock lacks; run make lock")


def _write_archive(target: Path, archive: Path) -> None:
    prefix = f"python/lib/python{PYTHON}/site-packages"
    names = (path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file())
    files = {f"{prefix}/{name}": (target / name).read_bytes() for name in names if not cuts.is_cut(name)}
    write_archive(compiled.with_compiled(files), archive)
