"""Compiled modules: beside every source of both archives, made from it, and loaded without a look at it."""

import json
import marshal
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.util import MAGIC_NUMBER, source_hash
from pathlib import Path, PurePosixPath

import pytest

from infra.errors import PackagingFailed
from infra.supply.archive import read_archive, write_archive
from infra.supply.code import compile_code
from infra.supply.compiled import is_module, with_compiled
from tests.benchmarks import archives
from tests.benchmarks.imports import api
from tests.infra.template_reader import Template
from tests.infra.test_entries import site_packages
from tests.infra.test_layer import imported, own_modules

ARCHIVES = ("deployment.zip", "layer-deployment.zip")
UNCHECKED_HASH = (1).to_bytes(4, "little")
LAMBDAS_LIMIT = 250 * 1024 * 1024  # code and layers of a function, unpacked

WATCH = """
import importlib, json, sys
sources = set()
def note(event, given):
    place = {"open": 0, "compile": 1}.get(event)
    if place is not None and str(given[place]).endswith(".py"):
        sources.add(str(given[place]))
sys.addaudithook(note)
for name in sys.stdin.read().split():
    importlib.import_module(name)
print(json.dumps(sorted(sources)))
"""


def compiled_name(source: str) -> str:
    """Return where Python looks for the compiled form of a source."""
    path = PurePosixPath(source)
    return str(path.parent / "__pycache__" / f"{path.stem}.{sys.implementation.cache_tag}.pyc")


def left_out(files: Mapping[str, bytes]) -> list[str]:
    """Return every source without a compiled form that is made from it and compared with nothing."""
    return [
        name
        for name in filter(is_module, files)
        if files.get(compiled_name(name), b"")[:16]
        != MAGIC_NUMBER + UNCHECKED_HASH + source_hash(files[name])
    ]


def sources_read(code: Path, libraries: Path, modules: set[str]) -> list[str]:
    """Return every source of the code and the libraries that Python opens or compiles while it imports modules."""
    environment = {
        "PYTHONPATH": f"{code}:{libraries}",
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }
    command = [sys.executable, "-S", "-c", WATCH]
    names = " ".join(sorted(modules))
    done = subprocess.run(
        command, input=names, cwd=code, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    read = map(Path, json.loads(done.stdout.splitlines()[-1]))
    return [str(path) for path in read if path.is_relative_to(code) or path.is_relative_to(libraries)]


@pytest.mark.parametrize("archive", ARCHIVES)
def test_B5_every_module_of_an_archive_has_its_compiled_form(packaged: Path, archive: str) -> None:
    files = read_archive(packaged / archive)
    sources = {name for name in files if is_module(name)}

    assert len(sources) > 400
    assert left_out(files) == []
    assert {name for name in files if name.endswith(".pyc")} == {compiled_name(name) for name in sources}


def test_B5_a_module_left_out_of_an_archive_is_noticed(packaged: Path) -> None:
    """Without its compiled form, with one of another source, or with one that is compared with its source."""
    files = read_archive(packaged / "deployment.zip")
    place = compiled_name("app.py")
    checked = files[place][:4] + (3).to_bytes(4, "little") + files[place][8:]

    assert left_out({name: files[name] for name in files if name != place}) == ["app.py"]
    assert left_out(files | {"app.py": files["app.py"] + b"\n"}) == ["app.py"]
    assert left_out(files | {place: checked}) == ["app.py"]


def test_B5_the_compiled_form_is_that_of_the_source_in_the_archive(packaged: Path) -> None:
    """It names the source by its place in the archive, not by a folder of the machine that compiled it."""
    files = read_archive(packaged / "deployment.zip")

    for name in filter(is_module, files):
        code = marshal.loads(files[compiled_name(name)][16:])
        assert code == compile(files[name], name, "exec", dont_inherit=True, optimize=0), name
        assert code.co_filename == name


def test_B5_the_modules_are_compiled_for_the_python_of_the_functions(
    template: Template, packaged: Path
) -> None:
    runtimes = {each["Runtime"] for each in template.of_type("AWS::Serverless::Function").values()}
    tags = {name.split(".")[-2] for name in _compiled_of(packaged)}

    assert {f"cpython-{name.removeprefix('python').replace('.', '')}" for name in runtimes} == tags


def test_B5_no_source_is_read_or_compiled_at_a_cold_start(unpacked: Path) -> None:
    """Python imports every module of the code, and of the libraries what the code imports."""
    modules = {"app"} | own_modules() | imported()

    assert sources_read(unpacked / "code", site_packages(unpacked), modules) == []


@pytest.mark.parametrize("source", ["app.py", "chalice/app.py", "chalicelib/routes.py"])
def test_B5_a_cold_start_reads_the_source_of_a_module_left_out(
    unpacked: Path, tmp_path: Path, source: str
) -> None:
    code = tmp_path / "code"
    shutil.copytree(unpacked / "code", code)
    (code / compiled_name(source)).unlink()

    assert sources_read(code, site_packages(unpacked), {"app"}) == [str(code / source)]


def test_B5_a_compiled_module_is_loaded_without_its_source(tmp_path: Path) -> None:
    files = with_compiled({"pack/__init__.py": b"", "pack/one.py": b"value = 1\n"})
    write_archive(files | {"pack/one.py": b"raise SystemExit('the source is run')\n"}, tmp_path / "a.zip")
    shutil.unpack_archive(tmp_path / "a.zip", tmp_path / "unpacked")
    command = [sys.executable, "-S", "-c", "import pack.one; print(pack.one.value, pack.one.__file__)"]
    done = subprocess.run(command, cwd=tmp_path / "unpacked", capture_output=True, text=True, check=False)

    assert done.stdout.split() == ["1", str(tmp_path / "unpacked" / "pack" / "one.py")], done.stderr


def test_B5_a_module_that_does_not_compile_stops_the_packaging() -> None:
    with pytest.raises(PackagingFailed, match=r"pack/two\.py"):
        with_compiled({"pack/one.py": b"value = 1\n", "pack/two.py": b"value =\n"})


def test_SEC_B8_the_archive_of_the_code_depends_on_nothing_but_its_files(
    packaged: Path, tmp_path: Path
) -> None:
    """The same files in another order, at other times and packed a second time give the same bytes."""
    files = read_archive(packaged / "deployment.zip")
    sources = {name: files[name] for name in files if not name.endswith(".pyc")}
    again = tmp_path / "again"
    for name in sorted(sources, reverse=True):
        (again / name).parent.mkdir(parents=True, exist_ok=True)
        (again / name).write_bytes(sources[name])
    archive = Path(shutil.make_archive(str(tmp_path / "again"), "zip", again))
    assert archive.read_bytes() != (packaged / "deployment.zip").read_bytes()

    compile_code(archive, tmp_path / "kept")

    assert archive.read_bytes() == (packaged / "deployment.zip").read_bytes()


def test_B5_unchanged_code_is_not_compiled_again(tmp_path: Path) -> None:
    """The kept archive is taken for the same files only, and one is kept."""

    def made(source: bytes) -> bytes:
        write_archive({"app.py": source}, tmp_path / "a.zip")
        compile_code(tmp_path / "a.zip", tmp_path / "kept")
        return (tmp_path / "a.zip").read_bytes()

    first = made(b"value = 1\n")
    (kept,) = (tmp_path / "kept").iterdir()
    assert kept.read_bytes() == first
    kept.write_bytes(b"as it was kept")
    assert made(b"value = 1\n") == b"as it was kept"
    second = made(b"value = 2\n")

    assert left_out(read_archive(tmp_path / "a.zip")) == []
    assert [path.read_bytes() for path in (tmp_path / "kept").iterdir()] == [second]


def test_B5_code_and_layer_are_far_below_the_limit_of_lambda(packaged: Path) -> None:
    size = sum(len(content) for archive in ARCHIVES for content in read_archive(packaged / archive).values())

    assert size < LAMBDAS_LIMIT / 3


def test_B5_the_benchmark_starts_the_same_with_and_without_compiled_modules(
    packaged: Path, tmp_path: Path
) -> None:
    """Both sides load the same modules, and the side without compiled modules has none afterwards."""
    compiled, bare, function = tmp_path / "compiled", tmp_path / "bare", api("leads.handlers.leads")
    archives.unpack(packaged, compiled)
    archives.unpack(packaged, bare, bare=True)

    assert archives.start_in(compiled, function).modules == archives.start_in(bare, function).modules
    assert not [*bare.rglob("*.pyc")]
    assert len([*compiled.rglob("*.pyc")]) == len([*_compiled_of(packaged)])


def _compiled_of(packaged: Path) -> Iterator[str]:
    for archive in ARCHIVES:
        yield from (name for name in read_archive(packaged / archive) if name.endswith(".pyc"))
