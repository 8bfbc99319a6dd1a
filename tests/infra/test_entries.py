"""Every function works alone: it imports from its own package, without `app.py` and without anything else here."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from chalicelib.routes import EVENT_FUNCTIONS
from tests.infra.template_reader import EVENT_LOGICAL_IDS, FUNCTIONS, ROOT, Template

# Where a library's module has another name; time zones are read by the standard library itself.
MODULES = {
    "PyJWT": "import jwt",
    "common-expression-language": "cel",
    "python-crfsuite": "usaddress",
    "aws-lambda-powertools": "aws_lambda_powertools",
    "email-validator": "email_validator",
    "phonenumberslite": "import phonenumbers",
    "tzdata": "zoneinfo",
}

LOOK = """
import importlib, json, sys
module, name = sys.argv[1].rsplit(".", 1)
entry = getattr(importlib.import_module(module), name)
print(json.dumps({"callable": callable(entry), "loaded": sorted(sys.modules)}))
"""


def site_packages(unpacked: Path) -> Path:
    """The layer's libraries."""
    return next((unpacked / "layer" / "python" / "lib").glob("python3.*")) / "site-packages"


def load(unpacked: Path, entry: str) -> dict[str, object]:
    """Import an entry in a fresh interpreter that sees the code and the layer only, as in Lambda."""
    path = f"{unpacked / 'code'}:{site_packages(unpacked)}"
    environment = {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-S", "-c", LOOK, entry],
        cwd=unpacked / "code",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_every_function_is_importable_from_its_package_without_aws_or_settings(
    template: Template, unpacked: Path, function: str
) -> None:
    assert load(unpacked, template.properties(function)["Handler"])["callable"] is True


@pytest.mark.parametrize("function", sorted(EVENT_LOGICAL_IDS))
def test_every_event_function_works_without_the_app(
    template: Template, unpacked: Path, function: str
) -> None:
    entry = template.properties(function)["Handler"]
    name = template.properties(function)["FunctionName"]["Fn::Sub"].removeprefix("leadwarden-${Stage}-")
    assert entry.startswith(f"chalicelib.{EVENT_FUNCTIONS[name.replace('-', '_')]}.")
    loaded = load(unpacked, entry)["loaded"]
    assert isinstance(loaded, list)
    assert "app" not in loaded


def test_only_http_middleware_is_registered() -> None:
    look = "import app, json; print(json.dumps([kind for _, kind in app.app.middleware_handlers]))"
    done = subprocess.run([sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert set(json.loads(done.stdout)) <= {"http"}


def test_the_app_holds_no_logic() -> None:
    assert len((ROOT / "app.py").read_text().splitlines()) <= 30


def test_time_zones_are_known_without_the_systems(unpacked: Path) -> None:
    """Lambda's newer images have no time zone database of their own; ours is the pinned one."""
    look = "import zoneinfo, sys; sys.exit(zoneinfo.ZoneInfo('America/Los_Angeles').key != 'America/Los_Angeles')"
    environment = {
        "PYTHONPATH": f"{site_packages(unpacked)}",
        "PYTHONTZPATH": "",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    assert subprocess.run([sys.executable, "-S", "-c", look], env=environment, check=False).returncode == 0


def test_every_library_of_the_layer_is_asked_for_by_the_code() -> None:
    """What nothing imports would only make every start slower and every audit longer."""
    sources = "\n".join(path.read_text() for path in (ROOT / "chalicelib").rglob("*.py"))
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    for name in (line.split("==")[0] for line in lines if not line.startswith("#")):
        assert MODULES.get(name, name) in sources, name
