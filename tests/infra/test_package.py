"""The package tool: it refuses what is said twice, and does not build again what has not changed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from chalice.deploy.packager import LayerDeploymentPackager

from infra import package
from infra.errors import PackagingFailed
from infra.merge import DuplicateKey, read_resources
from infra.supply import layer
from tests.infra.template_reader import ROOT


def resources(folder: Path, **files: str) -> Path:
    for name, content in files.items():
        (folder / f"{name}.yaml").write_text(content)
    return folder


def test_files_are_joined(tmp_path: Path) -> None:
    folder = resources(
        tmp_path, a="Resources: {A: {Properties: {x: 1}}}", b="Resources: {A: {Properties: {y: 2}}}"
    )
    assert read_resources(folder) == {"Resources": {"A": {"Properties": {"x": 1, "y": 2}}}}


@pytest.mark.parametrize("second", ["Resources: {A: {x: 1}}", "Resources: {A: {x: 2}}", "Resources: {A: 1}"])
def test_a_value_given_by_two_files_is_refused(tmp_path: Path, second: str) -> None:
    folder = resources(tmp_path, a="Resources: {A: {x: 1}}", b=second)
    with pytest.raises(DuplicateKey, match=r"A|x"):
        read_resources(folder)


def test_a_key_given_twice_in_one_file_is_refused(tmp_path: Path) -> None:
    folder = resources(tmp_path, a="Resources:\n  A: 1\n  B: 2\n  A: 3\n")
    with pytest.raises(DuplicateKey, match="A"):
        read_resources(folder)


def test_the_runtime_is_announced(packaged: Path) -> None:
    said = (packaged / "said").read_text()
    assert f"python{sys.version_info.major}.{sys.version_info.minor}" in said
    assert ("warning: " in said) is (sys.version_info < (3, 12))


def test_unchanged_requirements_are_not_fetched_again(packaged: Path, tmp_path: Path) -> None:
    """Given a first package, a second needs no package index: it takes the layer it made before.

    Its archives are the same, byte by byte.
    """
    unreachable = {**os.environ, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path)}
    command = [sys.executable, "-m", "infra.package", "--stage", "dev", "--out", str(tmp_path / "out")]
    done = subprocess.run(command, cwd=ROOT, env=unreachable, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for archive in ("deployment.zip", "layer-deployment.zip"):
        assert (tmp_path / "out" / archive).read_bytes() == (packaged / archive).read_bytes()


def test_libraries_that_cannot_be_had_stop_the_packaging(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without its libraries a function cannot start, so nothing is packaged."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(PackagingFailed, match="the libraries of the layer could not be installed"):
        layer.build_layer(tmp_path / "none")


def test_SEC_B8_another_layer_than_the_built_one_stops_the_packaging(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, packaged: Path
) -> None:
    """Chalice looks for the layer elsewhere one day: it must not build one of its own, without hashes."""
    monkeypatch.setattr(
        LayerDeploymentPackager, "deployment_package_filename", lambda *_: str(tmp_path / "x")
    )
    with pytest.raises(PackagingFailed, match="did not take the layer"):
        package.package("dev", tmp_path / "out", "eu-west-1")


def test_an_unknown_stage_is_refused() -> None:
    command = [sys.executable, "-m", "infra.package", "--stage", "nowhere", "--out", "unused"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "nowhere" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (ROOT / "unused").exists()
