"""The packaged application, made once by the tool itself: no test here reads the sources of the template."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.infra.template_reader import ROOT, Template

HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep these tests in one worker, so that the application is packaged once."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.xdist_group("infra"))


@pytest.fixture(scope="session")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the package tool as an operator does and return the folder it wrote."""
    out = tmp_path_factory.mktemp("package") / "prod"
    command = [
        sys.executable,
        "-m",
        "infra.package",
        "--stage",
        "prod",
        "--out",
        str(out),
        "--region",
        "eu-west-1",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (out / "said").write_text(done.stdout)
    return out


@pytest.fixture(scope="session")
def template(packaged: Path) -> Template:
    """Return the packaged template."""
    return Template(json.loads((packaged / "template.json").read_text()))


@pytest.fixture(scope="session")
def unpacked(packaged: Path) -> Path:
    """Unpack code and layer as Lambda does and return the folder: `code` and `layer` in it."""
    for archive, name in (("deployment.zip", "code"), ("layer-deployment.zip", "layer")):
        with zipfile.ZipFile(packaged / archive) as content:
            content.extractall(packaged / name)
    return packaged
