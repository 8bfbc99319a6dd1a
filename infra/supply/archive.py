"""Archives as Lambda unpacks them: sorted, with fixed times and modes. The same files give the same bytes."""

import zipfile
from collections.abc import Mapping
from pathlib import Path

_EPOCH = (1980, 1, 1, 0, 0, 0)
_MODE = 0o644 << 16


def read_archive(archive: Path) -> dict[str, bytes]:
    """Return each file of an archive by its name, without folders."""
    with zipfile.ZipFile(archive) as content:
        return {entry.filename: content.read(entry) for entry in content.infolist() if not entry.is_dir()}


def write_archive(files: Mapping[str, bytes], archive: Path) -> None:
    """Write files under their names."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as content:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, _MODE
            content.writestr(entry, files[name])
