"""Join the resource files into one mapping, refusing a value that is given twice."""

from pathlib import Path
from typing import Any

import yaml

from infra.errors import TemplateError


class DuplicateKey(TemplateError):
    """A key is given by two files, or twice in one; the message names its path."""


class _StrictLoader(yaml.SafeLoader):
    """Safe YAML that refuses a repeated key; PyYAML takes the last one without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Build one mapping; raise DuplicateKey for a repeated key."""
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        repeated = {str(key) for key in keys if keys.count(key) > 1}
        if repeated:
            raise DuplicateKey(f"{', '.join(sorted(repeated))} ({node.start_mark})")
        return super().construct_mapping(node, deep)


def read_resources(folder: Path) -> dict[str, Any]:
    """Return all YAML files of `folder` as one mapping; raise DuplicateKey where two files give one value."""
    merged: dict[str, Any] = {}
    for path in sorted(folder.glob("*.yaml")):
        loaded = yaml.load(path.read_text(encoding="utf-8"), Loader=_StrictLoader)  # noqa: S506 - a SafeLoader
        _join(merged, loaded, path.name)
    return merged


def _join(into: dict[str, Any], more: dict[str, Any], path: str) -> None:
    for key, value in more.items():
        if key not in into:
            into[key] = value
        elif isinstance(into[key], dict) and isinstance(value, dict):
            _join(into[key], value, f"{path}: {key}")
        else:
            raise DuplicateKey(f"{path}: {key}")
