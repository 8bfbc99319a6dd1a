"""Small wheels, as an index would offer them: the supply chain is tested with these, without a network."""

import hashlib
import zipfile
from pathlib import Path


def write_wheel(folder: Path, name: str, version: str, needs: str = "") -> str:
    """Write a wheel with one module and return its SHA-256."""
    folder.mkdir(exist_ok=True)
    notes = f"{name}-{version}.dist-info"
    needed = f"Requires-Dist: {needs}\n" if needs else ""
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{name}.py", f"version = '{version}'\n")
        wheel.writestr(
            f"{notes}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needed}"
        )
        wheel.writestr(f"{notes}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{notes}/RECORD", "")
    return hashlib.sha256(path.read_bytes()).hexdigest()
