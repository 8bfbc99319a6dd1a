"""Compile the modules of an archive: `__pycache__/NAME.cpython-3XX.pyc` beside each source.

Lambda never keeps what Python compiles, so each cold start would compile every module again. The compiled form names
its source by hash and says that nobody compares it (unchecked hash): Python loads it without reading the source.
"""

import platform
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from infra.errors import PackagingFailed

COMPILER = f"{sys.implementation.cache_tag} {platform.python_version()}"
# Compiled bytes depend a little on what else the process holds. So it is a new one, without site packages and with
# no other setting than a fixed order of hashes.
_PYTHON = (sys.executable, "-S", "-P", "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash")
_ENVIRONMENT = {"PYTHONHASHSEED": "0"}


def with_compiled(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files of an archive, and the compiled form of each module; raise PackagingFailed if one has none."""
    with tempfile.TemporaryDirectory(prefix="leadwarden-compiled-") as scratch:
        folder = Path(scratch)
        for name in filter(is_module, files):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(files[name])
        _compile(folder)
        compiled = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.pyc")}
    return {**files, **compiled}


def is_module(name: str) -> bool:
    """Return whether a file of this name is the source of a module."""
    return name.endswith(".py")


def _compile(folder: Path) -> None:
    """Compile every source below `folder`. What is compiled names its source by the path below `folder`."""
    command = [*_PYTHON, "-s", str(folder), str(folder)]
    done = subprocess.run(command, env=_ENVIRONMENT, text=True, capture_output=True, check=False)
    if done.returncode:
        raise PackagingFailed(f"a module does not compile:\n{done.stdout}{done.stderr}")
