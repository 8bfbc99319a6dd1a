"""Run by the engine's interpreter: start ministack so that its functions behave as Lambda's do.

Left alone, ministack runs them with its own interpreter, whose packages would hide what the application's layer
lacks, and unpacks code and layer for each of them. Here they get the base interpreter without site packages
(standard library, zip and layer: nothing else) and share one unpacked copy, as warm as Lambda's own caches.
"""

import hashlib
import re
import runpy
import sys
import threading
import zipfile
from pathlib import Path
from typing import Any

_UNPACKED = re.compile(r"layer_\d+|code")
_unpack = zipfile.ZipFile.extractall


def main() -> None:
    """Write the functions' interpreter into the given directory and become ministack."""
    home = Path(sys.argv[1])
    interpreter = home / "function-python"
    base = getattr(sys, "_base_executable", sys.executable)
    interpreter.write_text(f'#!/bin/sh\nexec "{base}" -S "$@"\n', encoding="utf-8")
    interpreter.chmod(0o700)
    share_unpacked(home / "unpacked")
    sys.executable = str(interpreter)
    sys.argv = ["ministack"]
    runpy.run_module("ministack", run_name="__main__", alter_sys=True)


def share_unpacked(cache: Path) -> None:
    """Make the unpacking of code or a layer a link to the one unpacked copy under `cache`."""

    one_at_a_time = threading.Lock()

    def extractall(archive: zipfile.ZipFile, path: Any = None, members: Any = None, pwd: Any = None) -> None:
        if path is None or not _UNPACKED.fullmatch(Path(path).name):
            _unpack(archive, path, members, pwd)
            return
        unpacked = cache / _digest(archive)
        with one_at_a_time:
            if not unpacked.exists():
                partial = cache / f"{unpacked.name}.partial"
                _unpack(archive, partial)
                partial.rename(unpacked)
        for entry in unpacked.iterdir():
            (Path(path) / entry.name).symlink_to(entry)

    zipfile.ZipFile.extractall = extractall  # type: ignore[assignment]


def _digest(archive: zipfile.ZipFile) -> str:
    listed = repr([(entry.filename, entry.CRC, entry.file_size) for entry in archive.infolist()])
    return hashlib.sha256(listed.encode()).hexdigest()


main()
