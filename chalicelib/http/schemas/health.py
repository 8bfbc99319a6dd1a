"""Whether the deployment can do its work."""

from typing import Literal

from chalicelib.http.schemas.base import Contract


class Health(Contract):
    """Which version of which stage this is, and whether its tables answer."""

    version: str
    stage: str
    tables: Literal["reachable", "unreachable"]
