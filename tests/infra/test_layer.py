"""The layer: made from the lock alone, checked by hashes, whole for the code, and the same each time."""

import ast
import hashlib
import json
import re
import subprocess
import sys
import zipfile
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from packaging.utils import canonicalize_name

from infra.errors import PackagingFailed
from infra.supply import compiled, cuts, layer
from infra.supply.locks import LAYER_LIST, LAYER_LOCK, LISTS, missing_from, read_lock
from tests.infra.template_reader import ROOT
from tests.infra.test_entries import site_packages

IMPORT_ALL = """
import importlib, sys
for name in sys.stdin.read().split():
    importlib.import_module(name)
"""

WORK = [
    "import email_validator as e; e.validate_email('a@example.org', check_deliverability=False)",
    "import usaddress; assert usaddress.tag('350 Fifth Avenue, New York, NY 10118')",
    "import phonenumbers as p; assert p.is_possible_number(p.parse('+12025550147'))",
    "from cryptography.hazmat.primitives.ciphers.aead import AESSIV; AESSIV(AESSIV.generate_key(512)).encrypt(b'', [])",
    (
        "import jwt; from cryptography.hazmat.primitives.asymmetric import rsa;"
        "k = rsa.generate_private_key(65537, 2048);"
        "jwt.decode(jwt.encode({}, k, 'RS256'), k.public_key(), ['RS256'])"
    ),
    (
        "from chalicelib.campaigns.domain.criteria.cel import engine as e;"
        "assert e.run(e.compiled('1 + 1 == 2'), e.scope({})) is True"
    ),
]


def sources() -> list[Path]:
    return sorted((ROOT / "chalicelib").rglob("*.py"))


def run(unpacked: Path, program: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run a program that sees the code and the layer only, as in Lambda."""
    environment = {
        "PYTHONPATH": f"{unpacked / 'code'}:{site_packages(unpacked)}",
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
    }
    command = [sys.executable, "-S", "-c", program]
    return subprocess.run(
        command, input=given, env=environment, cwd=unpacked, capture_output=True, text=True, check=False
    )


def own_modules() -> set[str]:
    """Return the name of every module of the code."""
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in sources()
    }


def imported() -> set[str]:
    """Return every module that any line of the code imports, also inside a function."""
    names: set[str] = set()
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module)
    return names


def bill(packaged: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((packaged / "layer-deployment.cdx.json").read_text())
    return found


def test_SEC_B8_every_import_of_the_code_works_on_the_cut_layer(unpacked: Path) -> None:
    """Modules of the code are imported, and what they import only inside functions."""
    done = run(unpacked, IMPORT_ALL, " ".join(sorted(own_modules() | imported())))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("needed", ["jmespath", "idna", "pycrfsuite", "cel", "six.py"])
def test_SEC_B8_a_cut_too_far_is_noticed(unpacked: Path, tmp_path: Path, needed: str) -> None:
    """Without one more library, the import of all modules or the work of the libraries fails."""
    folder = tmp_path / "layer/python/lib/python3.0/site-packages"
    folder.mkdir(parents=True)
    (tmp_path / "code").symlink_to(unpacked / "code")
    for path in site_packages(unpacked).iterdir():
        if path.name != needed:
            (folder / path.name).symlink_to(path)
    assert run(tmp_path, IMPORT_ALL, " ".join(own_modules() | imported())).returncode or any(
        run(tmp_path, program).returncode for program in WORK
    )


def test_SEC_B8_every_service_that_the_code_calls_has_its_description(unpacked: Path) -> None:
    called = {
        name
        for path in sources()
        for name in re.findall(r"(?<!\w)client\(\s*\"([a-z0-9-]+)\"", path.read_text())
    }
    assert called | {"dynamodb"} == cuts.SERVICES  # pynamodb makes its own client
    program = (
        "from botocore.session import Session; import sys\n"
        "for name in sys.stdin.read().split(): Session().create_client(name).meta.service_model.operation_names"
    )
    done = run(unpacked, program, " ".join(cuts.SERVICES))
    assert done.returncode == 0, done.stderr
    assert run(unpacked, program, "ec2").returncode != 0


@pytest.mark.parametrize("program", WORK)
def test_SEC_B8_the_libraries_do_their_work_on_the_cut_layer(unpacked: Path, program: str) -> None:
    done = run(unpacked, program)
    assert done.returncode == 0, done.stderr


def test_SEC_B8_what_is_never_run_is_not_in_the_layer(unpacked: Path) -> None:
    folder = site_packages(unpacked)
    names = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    assert not [name for name in names if cuts.is_cut(name) and "__pycache__" not in name]
    gone = "typer rich prompt_toolkit pygments markdown_it mdurl shellingham wcwidth dns pycparser chalice bin".split()
    assert not [name for name in gone if (folder / name).exists()]
    with zipfile.ZipFile(unpacked / "deployment.zip") as code:
        chalice = {name for name in code.namelist() if re.fullmatch(r"chalice/.+\.py", name)}
    assert chalice == {"chalice/__init__.py", "chalice/app.py"}


def test_SEC_B8_each_cut_is_in_the_lock(packaged: Path) -> None:
    """A cut of what is no longer there would say something untrue."""
    locked = {pin.name: pin for pin in read_lock(LAYER_LOCK)}
    assert cuts.PACKAGES.keys() <= locked.keys()
    held = {canonicalize_name(component["name"]) for component in bill(packaged)["components"]} - {"chalice"}
    assert held == {name for name, pin in locked.items() if pin.applies} - cuts.PACKAGES.keys()


def test_SEC_B8_the_bill_of_materials_is_valid_and_names_the_layer(packaged: Path) -> None:
    schemas = files("cyclonedx.schema") / "_res"
    schema = json.loads((schemas / "bom-1.6.SNAPSHOT.schema.json").read_text())
    registry = jsonschema_rs.Registry(
        [
            (f"http://cyclonedx.org/schema/{name}", json.loads((schemas / name).read_text()))
            for name in ("spdx.SNAPSHOT.schema.json", "jsf-0.82.SNAPSHOT.schema.json",
                         "cryptography-defs.SNAPSHOT.schema.json")
            if (schemas / name).is_file()
        ]
    )  # fmt: skip
    found = bill(packaged)
    validator = jsonschema_rs.validator_for(schema, registry=registry)
    validator.validate(found)
    assert not validator.is_valid({**found, "components": [{"type": "library"}]})
    archive = hashlib.sha256((packaged / "layer-deployment.zip").read_bytes()).hexdigest()
    described = found["metadata"]["component"]
    assert described["hashes"] == [{"alg": "SHA-256", "content": archive}]
    assert {"name": "leadwarden:compiler", "value": compiled.COMPILER} in described["properties"]


def test_SEC_B8_the_bill_of_materials_has_the_file_and_licence_of_each_library(packaged: Path) -> None:
    locked = {str(pin.name): pin for pin in read_lock(LAYER_LOCK)}
    text = (packaged / "layer-deployment.cdx.json").read_text()
    assert "file:" not in text
    assert "https://" not in text
    for component in bill(packaged)["components"]:
        assert component["licenses"], component["name"]
        if component["name"] != "chalice":
            pin = locked[canonicalize_name(component["name"])]
            assert component["version"] == pin.version
            assert component["hashes"][0]["content"] in pin.hashes


def test_SEC_B8_one_lock_gives_one_layer_byte_by_byte(packaged: Path, tmp_path: Path) -> None:
    again = layer.build_layer(tmp_path)
    assert again.archive.read_bytes() == (packaged / "layer-deployment.zip").read_bytes()
    assert again.bom.read_bytes() == (packaged / "layer-deployment.cdx.json").read_bytes()
    assert not [path for path in tmp_path.iterdir() if path not in (again.archive, again.bom)]


def test_SEC_B8_the_name_of_a_kept_layer_covers_lock_cuts_and_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = tmp_path / "a.lock"
    lock.write_bytes(LAYER_LOCK.read_bytes())
    assert layer.layer_key(lock) == layer.layer_key()
    lock.write_bytes(LAYER_LOCK.read_bytes() + b"#\n")
    tools = tmp_path / "supply"
    tools.mkdir()
    for path in Path(layer.__file__).parent.glob("*.py"):
        (tools / path.name).write_bytes(path.read_bytes())
    keys = [layer.layer_key(), layer.layer_key(lock)]
    monkeypatch.setattr(layer, "__file__", str(tools / "layer.py"))
    assert layer.layer_key() == keys[0]
    (tools / "cuts.py").write_text((tools / "cuts.py").read_text() + "# one more\n")
    keys.append(layer.layer_key())
    monkeypatch.setattr(compiled, "COMPILER", "cpython-311 3.11.99")
    keys.append(layer.layer_key())
    monkeypatch.setattr(layer, "PYTHON", "3.99")
    keys.append(layer.layer_key())
    assert len(set(keys)) == len(keys)


def test_SEC_B8_a_file_with_another_hash_stops_the_packaging(tmp_path: Path) -> None:
    """Not one of the hashes of a library matches: the index offers another file than the locked one."""
    pins = {str(pin.name): pin for pin in read_lock(LAYER_LOCK)}
    text = LAYER_LOCK.read_text()
    for value in pins["jmespath"].hashes:
        text = text.replace(value, "0" * 64)
    (tmp_path / "a.lock").write_text(text)
    with pytest.raises(PackagingFailed, match="DO NOT MATCH THE HASHES"):
        layer.build_layer(tmp_path / "layers", tmp_path / "a.lock")
    assert not [*(tmp_path / "layers").iterdir()]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda text: re.sub(r"(?m)^six==.*\n(?:    .*\n)+", "", text), "python-dateutil needs six"),
        (
            lambda text: re.sub(r"(?m)^tzdata==[\d.]+", "tzdata==2020.1", text),
            "asks for: tzdata; run make lock",
        ),
        (lambda text: text + "left-pad==1.0\n", "a line without a hash: left-pad"),
        (lambda text: text.replace("idna==", "idna>="), "idna is not pinned"),
    ],
)
def test_SEC_B8_a_lock_that_is_not_whole_stops_the_packaging(
    tmp_path: Path, change: Any, reason: str
) -> None:
    (tmp_path / "a.lock").write_text(change(LAYER_LOCK.read_text()))
    with pytest.raises(PackagingFailed, match=reason):
        layer.build_layer(tmp_path / "layers", tmp_path / "a.lock")


@pytest.mark.parametrize("asked", LISTS)
def test_SEC_B8_every_list_has_its_lock_with_hashes(asked: str) -> None:
    lock = read_lock(ROOT / LISTS[asked])
    assert missing_from(lock, ROOT / asked) == []
    assert all(pin.hashes for pin in lock)
    assert not re.search(r"https?:|file:|--(?:extra-)?index|find-links", (ROOT / LISTS[asked]).read_text())


def test_SEC_B8_the_tests_run_with_the_versions_of_the_layer() -> None:
    development = {(pin.name, pin.version) for pin in read_lock(ROOT / LISTS["requirements-dev.txt"])}
    assert {(pin.name, pin.version) for pin in read_lock(LAYER_LOCK)} <= development
    assert LAYER_LIST.exists()
