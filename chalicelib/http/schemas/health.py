"""The health of the deployment."""

from typing import Literal

from chalicelib.http.schemas.base import Contract


class Health(Contract):
    """The version, the stage, and whether the tables are reachable."""

    version: str
    stage: str
    tables: Literal["reachable", "unreachable"]
