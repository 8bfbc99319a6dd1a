"""The structure that a newcomer can rely on: small folders and files, empty packages, one meaning for a name."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.words import ROOT

CODE = ROOT / "chalicelib"
MOST_MODULES, MOST_LINES, MOST_TEST_LINES = 25, 300, 400
CALLED_THROUGH_THE_MODULE = (
    "store",
    "aws",
    "handlers",
    "gateways",
)  # `store.get`: the module says which one is meant

TYPED = ("position", "state", "progress", "checkpoint", "next_position")


def modules(*folders: str) -> Iterator[Path]:
    """Yield the Python files of folders, packages' own files excepted."""
    for folder in folders:
        yield from (path for path in sorted((ROOT / folder).rglob("*.py")) if path.name != "__init__.py")


def test_no_folder_holds_more_than_25_modules() -> None:
    counts: dict[Path, int] = defaultdict(int)
    for path in modules("chalicelib", "infra", "tests"):
        counts[path.parent.relative_to(ROOT)] += 1

    assert {str(folder): count for folder, count in counts.items() if count > MOST_MODULES} == {}


@pytest.mark.parametrize(
    ("folder", "most"), [("chalicelib", MOST_LINES), ("infra", MOST_LINES), ("tests", MOST_TEST_LINES)]
)
def test_no_module_is_long(folder: str, most: int) -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in modules(folder)}

    assert {name: length for name, length in lengths.items() if length > most} == {}


def test_positions_and_states_have_types() -> None:
    untyped = [
        f"{path.relative_to(ROOT)}:{node.annotation.lineno} {name}"
        for path in modules("chalicelib")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation is not None
        if (name := _name_of(node)) in TYPED and "dict[str, Any]" in ast.unparse(node.annotation)
    ]

    assert untyped == []


def _name_of(node: ast.arg | ast.AnnAssign) -> str:
    return node.arg if isinstance(node, ast.arg) else ast.unparse(node.target)


def test_packages_are_empty() -> None:
    assert [str(path) for path in CODE.rglob("__init__.py") if path.read_text().strip()] == []


def test_the_site_map_imports_nothing_of_the_project() -> None:
    assert "chalicelib" not in _imported_packages(CODE / "routes.py")


def test_a_name_imported_by_another_area_has_one_meaning() -> None:
    """A schema and a domain class of one area may share a name: they are one thing, outside and inside."""
    defined: dict[str, set[str]] = defaultdict(set)
    imported: set[tuple[str, str]] = set()
    for path in modules("chalicelib"):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        tree = ast.parse(path.read_text())
        for name in _public_definitions(tree):
            defined[name].add(module)
        imported |= {(name, source) for name, source in _imports(tree) if _area(source) != _area(module)}

    doubtful = {
        name: sorted(places)
        for name, places in defined.items()
        if len(places) > 1 and not _are_twins(places) and any((name, place) in imported for place in places)
    }
    assert doubtful == {}


def _public_definitions(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
            yield node.name
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if name[0].isupper() and not name.isupper():
                yield name


def _imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from ((alias.name, node.module) for alias in node.names)


def _imported_packages(path: Path) -> set[str]:
    return {source.partition(".")[0] for _, source in _imports(ast.parse(path.read_text()))}


def _area(module: str) -> str:
    return [*module.split("."), ""][1]


def _layer(module: str) -> str:
    return [*module.split("."), "", ""][2]


def _are_twins(places: set[str]) -> bool:
    """Tell whether a name is one thing: a schema and its domain class, or verbs called through their module."""
    others = {place for place in places if not _is_called_through_its_module(place)}
    if len(others) < 2:
        return True
    layers = {_layer(place) for place in others}
    return (
        len(others) == 2 and len({_area(place) for place in others}) == 1 and layers == {"schemas", "domain"}
    )


def _is_called_through_its_module(module: str) -> bool:
    return _area(module) in CALLED_THROUGH_THE_MODULE or _layer(module) in CALLED_THROUGH_THE_MODULE


def test_B3_frozen_values_are_made_quickly() -> None:
    """The standard decorator sets each field by a call; and nothing sets one in a way that mypy cannot see."""
    slow = re.compile(
        r"^from dataclasses import .*\bdataclass\b(?s:.*)frozen=True|\b__setattr__\b|\bsetattr\(", re.M
    )
    quick = CODE / "core" / "quick_dataclass.py"
    found = [path for path in modules("chalicelib") if path != quick and slow.search(path.read_text())]
    assert [str(path.relative_to(ROOT)) for path in found] == []
