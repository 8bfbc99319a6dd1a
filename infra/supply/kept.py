"""Built archives are kept under a name that covers everything they are made from."""

import hashlib
import os
import shutil
from collections.abc import Iterable
from pathlib import Path


def key_of(parts: Iterable[bytes]) -> str:
    """Return the SHA-256 of parts, in their order."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def place(source: Path, target: Path) -> None:
    """Put a file under its name at once: a second build at the same time writes the same bytes."""
    partial = target.with_name(f"{target.name}.{os.getpid()}")
    shutil.copyfile(source, partial)
    partial.replace(target)
