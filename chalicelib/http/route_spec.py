"""What a route declares: who may call it, what it takes and what it answers."""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from pydantic import BaseModel

from chalicelib.core.access import Permission
from chalicelib.http import bodies
from chalicelib.http.headers import Header, RequestHeader, ResponseHeader
from chalicelib.http.schemas.base import Contract, Query

_IN_PATH = re.compile(r"{(\w+)}")


class Audience(Enum):
    """Who may call a route that is not guarded by one permission."""

    PUBLIC = "public"
    ANY_USER = "any user"
    INTAKE = "intake"
    SOURCE = "source"


PUBLIC = Audience.PUBLIC
ANY_USER = Audience.ANY_USER
INTAKE = Audience.INTAKE
SOURCE = Audience.SOURCE


@dataclass(frozen=True)
class AllOf:
    """Permissions of which a route needs every one."""

    permissions: tuple[Permission, ...]

    def allows(self, held: Collection[Permission]) -> bool:
        """Tell whether somebody who holds these permissions is let in."""
        return all(one in held for one in self.permissions)

    def __str__(self) -> str:
        """Return what is needed, as the document says it."""
        return " and ".join(f"`{one.value}`" for one in self.permissions)


@dataclass(frozen=True)
class AnyOf:
    """Permissions of which a route needs one; for which things each of them is enough, the use case checks."""

    permissions: tuple[Permission, ...]

    def allows(self, held: Collection[Permission]) -> bool:
        """Tell whether somebody who holds these permissions is let in."""
        return any(one in held for one in self.permissions)

    def __str__(self) -> str:
        """Return what is needed, as the document says it."""
        return " or ".join(f"`{one.value}`" for one in self.permissions)


Requirement = Permission | AllOf | AnyOf | Audience


@dataclass(frozen=True)
class ApiResponse:
    """An answer whose status or headers are its own; a `str` body is sent as it is."""

    status: int
    body: Contract | str | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class AlternateResponse:
    """A further status of a route: when it is given, and the contract it is answered with."""

    reason: str
    answer: type[Contract] | None


@dataclass(frozen=True)
class Example:
    """A request and its answer as the document shows them; a test sends each and compares the answer.

    Ids, times and the like vary: of them the form is compared. A form has the body's values as text.
    """

    name: str
    summary: str
    status: int
    answer: Mapping[str, Any]
    body: Mapping[str, Any] | None = None
    media_types: tuple[str, ...] = (bodies.JSON,)

    def body_as(self, media_type: str) -> dict[str, Any] | None:
        """Return the body as a media type holds it."""
        if self.body is None or media_type == bodies.JSON:
            return None if self.body is None else dict(self.body)
        return {
            key: value if isinstance(value, str) else json.dumps(value) for key, value in self.body.items()
        }


@dataclass(frozen=True)
class RouteSpec:
    """What a route promises: read by the router, the OpenAPI document and the role × route test (ACC-5)."""

    method: str
    path: str
    name: str
    permission: Requirement
    status: int
    body: type[Contract] | None
    query: type[Query] | None
    answer: type[Contract] | None
    summary: str
    description: str
    also: dict[int, AlternateResponse]
    accepts: Mapping[str, type[BaseModel]]
    media_type: str | None
    formats: tuple[str, ...]
    headers: tuple[Header, ...]
    examples: tuple[Example, ...]

    @property
    def has_body(self) -> bool:
        """Tell whether there is a body: a route with neither a contract nor a text answers 204."""
        return self.answer is not None or self.media_type is not None

    @property
    def parameters(self) -> list[str]:
        """Return the names of the path's parameters."""
        return _IN_PATH.findall(self.path)

    @property
    def request_headers(self) -> list[RequestHeader]:
        """Return the headers that the view reads."""
        return [header for header in self.headers if isinstance(header, RequestHeader)]

    @property
    def response_headers(self) -> list[ResponseHeader]:
        """Return the headers that an answer of the view may carry."""
        return [header for header in self.headers if isinstance(header, ResponseHeader)]
