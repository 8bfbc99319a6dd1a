"""The declaration of a route: who may call it, its input and its answers."""

import re
from collections.abc import Collection, Mapping
from dataclasses import field
from enum import Enum

from pydantic import BaseModel

from chalicelib.core.access import Permission
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.http.headers import Header, RequestHeader, ResponseHeader
from chalicelib.http.schemas.base import Contract, Query

_IN_PATH = re.compile(r"{(\w+)}")


class Audience(Enum):
    """Who may call a route that needs no single permission."""

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
    """A route needs all of these permissions."""

    permissions: tuple[Permission, ...]

    def allows(self, granted: Collection[Permission]) -> bool:
        """Return True if these permissions are enough."""
        return all(permission in granted for permission in self.permissions)

    def __str__(self) -> str:
        """Return the needed permissions in the words of the OpenAPI document."""
        return " and ".join(f"`{permission.value}`" for permission in self.permissions)


@dataclass(frozen=True)
class AnyOf:
    """A route needs one of these permissions. The use case checks for which objects each is enough."""

    permissions: tuple[Permission, ...]

    def allows(self, granted: Collection[Permission]) -> bool:
        """Return True if these permissions are enough."""
        return any(permission in granted for permission in self.permissions)

    def __str__(self) -> str:
        """Return the needed permissions in the words of the OpenAPI document."""
        return " or ".join(f"`{permission.value}`" for permission in self.permissions)


Requirement = Permission | AllOf | AnyOf | Audience


@dataclass(frozen=True)
class ApiResponse:
    """An answer with its own status or headers; a `str` body is sent unchanged."""

    status: int
    body: Contract | str | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class AlternateResponse:
    """A further status of a route: when it is answered, and with which contract."""

    reason: str
    answer: type[Contract] | None


@dataclass(frozen=True)
class RouteSpec:
    """The declaration of a route, read by the router, the OpenAPI document and the role × route test (ACC-5)."""

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

    @property
    def has_body(self) -> bool:
        """Return True if the answer has a body. A route with neither a contract nor a text answers 204."""
        return self.answer is not None or self.media_type is not None

    @property
    def parameters(self) -> list[str]:
        """Return the names of the path parameters."""
        return _IN_PATH.findall(self.path)

    @property
    def request_headers(self) -> list[RequestHeader]:
        """Return the headers that the view reads."""
        return [header for header in self.headers if isinstance(header, RequestHeader)]

    @property
    def response_headers(self) -> list[ResponseHeader]:
        """Return the headers that the view may set."""
        return [header for header in self.headers if isinstance(header, ResponseHeader)]
