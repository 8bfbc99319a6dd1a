"""One finding about a campaign's settings (CAM-21)."""

from enum import StrEnum

from chalicelib.core.quick_dataclass import dataclass


class Severity(StrEnum):
    """The severity of a finding. An error refuses the save, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """One finding: a stable code, its severity, a message, a fix, and the setting it is about."""

    code: str
    severity: Severity
    message: str
    fix: str
    field: str | None = None
