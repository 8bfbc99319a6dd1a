"""Package the application: `python -m infra.package --stage STAGE --out FOLDER [--region REGION]`.

The folder receives `template.json` (one template without anchors), `deployment.zip` and `layer-deployment.zip`.
`layer-deployment.cdx.json` is the bill of materials of the layer (CycloneDX). Both archives hold the compiled form of
each module, and are the same, byte by byte, for the same commit and Python. The command needs a region and no
credentials. It needs a network only when the lock, the cuts or the Python version changed.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from chalice.deploy.packager import DependencyBuilder, LayerDeploymentPackager
from chalice.utils import UI, OSUtils

from infra.errors import PackagingFailed, TemplateError
from infra.merge import read_resources
from infra.postprocess import postprocess
from infra.supply.code import compile_code
from infra.supply.layer import PYTHON, Layer, build_layer

ROOT = Path(__file__).resolve().parents[1]
TEMPLATE = "template.json"
_SOURCES = ("app.py", "chalicelib", ".chalice")
_STRAY = shutil.ignore_patterns("__pycache__", "*.pyc", "deployments", "deployed", ".*_cache")
_OLDEST_CURRENT_RUNTIME = (3, 12)
_CODE = "deployment.zip"
_LAYER = "layer-deployment.zip"
_BOM = "layer-deployment.cdx.json"


def package(stage: str, out: Path, region: str) -> Path:
    """Write template, code and layer for `stage` into `out` and return the template's path."""
    _announce_runtime()
    _require_stage(stage)
    layer = build_layer()
    resources = read_resources(ROOT / "infra" / "resources")
    widgets = resources.pop("Widgets")
    with tempfile.TemporaryDirectory(prefix="leadwarden-package-") as scratch:
        project = Path(scratch)
        _copy_sources(project)
        _place_layer(layer, project)
        merge_file = project / "merge.json"
        merge_file.write_text(json.dumps(_with_defaults(resources, stage)))
        generated = _run_chalice(project, stage, out.resolve(), merge_file, region)
    _require_layer(layer, out)
    compile_code(out / _CODE)
    template = postprocess(json.loads(generated.read_text()), _policy("intake"), widgets)
    generated.unlink()
    (out / TEMPLATE).write_text(json.dumps(template, indent=1) + "\n")
    return out / TEMPLATE


def _require_stage(stage: str) -> None:
    stages = json.loads((ROOT / ".chalice" / "config.json").read_text())["stages"]
    if stage not in stages:
        raise PackagingFailed(
            f"there is no stage {stage} in .chalice/config.json; there are {', '.join(stages)}"
        )


def _announce_runtime() -> None:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    print(f"packaging for the Lambda runtime python{version} (the Python that runs this command)")
    if sys.version_info < _OLDEST_CURRENT_RUNTIME:
        print(
            f"warning: python{version} is an older runtime with an older C library; prefer Python 3.12 or later"
        )


def _copy_sources(project: Path) -> None:
    for name in _SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, project / name, ignore=_STRAY)
        else:
            shutil.copy2(source, project / name)


def _place_layer(layer: Layer, project: Path) -> None:
    """Put the layer where Chalice looks for one it built before: under a name that it derives from the requirements.

    These name no library. If Chalice looked elsewhere, it would find nothing to install, and make no layer at all.
    """
    (project / "requirements.txt").write_text(f"# {layer.key}\n", encoding="utf-8")
    packager = LayerDeploymentPackager(OSUtils(), DependencyBuilder(OSUtils()), UI())
    place = Path(packager.deployment_package_filename(str(project), f"python{PYTHON}"))
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(layer.archive, place)


def _require_layer(layer: Layer, out: Path) -> None:
    """Raise PackagingFailed unless the package holds our layer, byte by byte; put its bill of materials beside it."""
    packaged = out / _LAYER
    if not packaged.exists() or packaged.read_bytes() != layer.archive.read_bytes():
        raise PackagingFailed("Chalice did not take the layer that was built; is its version the locked one?")
    shutil.copyfile(layer.bom, out / _BOM)


def _with_defaults(resources: dict[str, Any], stage: str) -> dict[str, Any]:
    resources["Description"] = f"Leadwarden ({stage})"
    resources["Parameters"]["Stage"]["Default"] = stage
    resources["Parameters"]["Version"]["Default"] = _version()
    return resources


def _version() -> str:
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"])


def _policy(name: str) -> dict[str, Any]:
    policy: dict[str, Any] = json.loads((ROOT / ".chalice" / f"policy-{name}.json").read_text())
    return policy


def _run_chalice(project: Path, stage: str, out: Path, merge_file: Path, region: str) -> Path:
    """Run Chalice's packager and return its template."""
    generated = out / "sam.json"
    generated.unlink(missing_ok=True)
    command = [sys.executable, "-c", "from chalice.cli import main; main()", "package", "--stage", stage]
    command += ["--merge-template", str(merge_file), str(out)]
    environment = {**os.environ, "AWS_DEFAULT_REGION": region, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=project, env=environment, text=True, capture_output=True, check=False)
    output = done.stdout + done.stderr
    if done.returncode or not generated.exists():
        raise PackagingFailed(output)
    return generated


def main() -> int:
    """Run the command line; return 0, or 1 with the failure on stderr."""
    parser = argparse.ArgumentParser(prog="python -m infra.package", description=__doc__)
    parser.add_argument("--stage", required=True, help="a stage of .chalice/config.json")
    parser.add_argument("--out", required=True, type=Path, help="the folder to write to")
    parser.add_argument("--region", default=os.environ.get("AWS_DEFAULT_REGION", "us-east-1"))
    options = parser.parse_args()
    try:
        print(package(options.stage, options.out, options.region))
    except (PackagingFailed, TemplateError) as failure:
        print(f"packaging failed:\n{failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
