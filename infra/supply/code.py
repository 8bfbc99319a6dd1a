"""The archive of the code: what Chalice packs, with the compiled form of each module, in fixed order and times.

Chalice would take compiled modules of `chalicelib` only, and gives its archive the times and order of the disk.
The last archive is kept, so that unchanged code is not compiled again.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from infra.supply import compiled
from infra.supply.archive import read_archive, write_archive
from infra.supply.kept import key_of, place
from infra.supply.locks import ROOT

KEPT = ROOT / ".build" / "code"


def compile_code(archive: Path, folder: Path = KEPT) -> None:
    """Write an archive anew, with the compiled form of each module, or take the one kept in `folder`."""
    files = read_archive(archive)
    kept = folder / f"code-{key_of(_parts(files))}.zip"
    try:
        archive.write_bytes(kept.read_bytes())
    except FileNotFoundError:
        write_archive(compiled.with_compiled(files), archive)
        _keep(archive, kept)


def _parts(files: Mapping[str, bytes]) -> Iterator[bytes]:
    """Yield all that the archive is made from: the tools, the compiler, and each file with its name."""
    yield from (path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
    yield compiled.COMPILER.encode()
    for name in sorted(files):
        yield from (name.encode(), files[name])


def _keep(archive: Path, kept: Path) -> None:
    """Keep an archive in place of the earlier one."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    place(archive, kept)
    for earlier in kept.parent.glob("code-*.zip"):
        if earlier != kept:
            earlier.unlink(missing_ok=True)
