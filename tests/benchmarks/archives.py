"""A line beside B5: the API's cold start from its archives as they are packaged ÷ without their compiled modules.

Neither side keeps what Python compiles, as in Lambda.
"""

import contextlib
import io
import tempfile
import zipfile
from pathlib import Path

from infra.errors import PackagingFailed
from infra.package import package
from tests.benchmarks.figures import Figure, least_of
from tests.benchmarks.imports import MeasuredFunction, Start, costliest_module, measured

_ARCHIVES = {"deployment.zip": "code", "layer-deployment.zip": "layer"}
_BAR = 1.0


def figures(rounds: int = 9) -> list[Figure]:
    """Return the line, or the reason why it was not measured."""
    function = costliest_module()
    what = f"{function.name}: cold import from its archives, with compiled modules ÷ without"
    with tempfile.TemporaryDirectory(prefix="leadwarden-bench-") as scratch:
        packaged, compiled, bare = (Path(scratch) / name for name in ("packaged", "compiled", "bare"))
        try:
            _package(packaged)
        except PackagingFailed:
            return [Figure("B5", what, "ms", _BAR, note="the archives could not be packaged")]
        unpack(packaged, compiled)
        unpack(packaged, bare, bare=True)
        floor, spent = least_of(
            rounds,
            lambda: start_in(bare, function).seconds,
            lambda: start_in(compiled, function).seconds,
        )
    return [Figure("B5", what, "ms", _BAR, spent * 1000, floor * 1000)]


def unpack(packaged: Path, folder: Path, *, bare: bool = False) -> None:
    """Unpack both archives into a folder, as Lambda does; `bare` leaves the compiled modules out."""
    for archive, name in _ARCHIVES.items():
        with zipfile.ZipFile(packaged / archive) as content:
            members = [member for member in content.namelist() if not (bare and member.endswith(".pyc"))]
            content.extractall(folder / name, members)


def start_in(folder: Path, function: MeasuredFunction) -> Start:
    """Return the cold start of a function that sees nothing but the archives, and keeps nothing."""
    libraries = next((folder / "layer" / "python" / "lib").iterdir()) / "site-packages"
    environment = {
        "PYTHONPATH": f"{folder / 'code'}:{libraries}",
        "PYTHONDONTWRITEBYTECODE": "1",
        "ROUTE_GROUP": function.group,
    }
    return measured(function.code, environment, folder / "code", "-S")


def _package(out: Path) -> None:
    out.mkdir()
    with contextlib.redirect_stdout(io.StringIO()):
        package("dev", out, "us-east-1")
