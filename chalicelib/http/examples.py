"""The examples of the OpenAPI document: requests and the answers that the API gives to them (USE-U4).

Each area has a file of plain data, `chalicelib/<area>/examples.json`: the examples of each operation, in order. They
are read when the document is made, and for nothing else. Tests send every example to the API.
"""

import json
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from chalicelib.core.quick_dataclass import dataclass
from chalicelib.http import bodies
from chalicelib.routes import TAGS

_AREAS = Path(__file__).parents[1]


@dataclass(frozen=True)
class Example:
    """A request and its answer.

    `path`, `query` and `headers` are parameters by name. `media_types` are the forms in which the body can be sent.
    `answer` is a value of JSON, or a text whose media type is `answer_type`; None for an answer without a body.
    """

    name: str
    summary: str
    status: int = 0
    answer: Any = None
    answer_type: str = bodies.JSON
    body: Mapping[str, Any] | None = None
    media_types: tuple[str, ...] = (bodies.JSON,)
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def body_as(self, media_type: str) -> dict[str, Any] | None:
        """Return the body in the form of a media type. A form contains the values as text."""
        if self.body is None or media_type == bodies.JSON:
            return None if self.body is None else dict(self.body)
        return {
            key: value if isinstance(value, str) else json.dumps(value) for key, value in self.body.items()
        }


Examples = dict[str, tuple[Example, ...]]


def file_of(area: str) -> Path:
    """Return the file with an area's examples."""
    return _AREAS / area / "examples.json"


def read_area(area: str) -> Examples:
    """Return an area's examples by operation id. An area without a file has none."""
    if not file_of(area).exists():
        return {}
    content = json.loads(file_of(area).read_text(encoding="utf-8"))
    return {operation: tuple(map(from_json, examples)) for operation, examples in content.items()}


def read_all() -> Examples:
    """Return the examples of all areas by operation id."""
    return {operation: examples for area in TAGS for operation, examples in read_area(area).items()}


def from_json(content: dict[str, Any]) -> Example:
    """Return one example of a file."""
    media_types = tuple(content.get("media_types", (bodies.JSON,)))
    return Example(**{**content, "media_types": media_types})
