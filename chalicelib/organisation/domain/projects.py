"""The validation of a project's settings."""

from collections.abc import Iterator

from chalicelib.core.errors import FieldError, Invalid
from chalicelib.core.listing import listed
from chalicelib.core.times import MINUTE_S, seconds_of
from chalicelib.organisation.domain import inactivity
from chalicelib.organisation.domain.configuration import Project


def validate(project: Project) -> None:
    """Raise Invalid with every setting that contradicts another one."""
    errors = list(_errors(project))
    if errors:
        raise Invalid("Some fields are not acceptable.", fields=errors)


def _errors(project: Project) -> Iterator[FieldError]:
    if not project.stages:
        yield FieldError("stages", "required", "A project needs at least one stage.")
    if not set(project.closing_stages) <= set(project.stages):
        yield FieldError(
            "closing_stages",
            "unknown",
            f"Closing stages must be among the project's stages: {listed(project.stages)}.",
        )
    if project.stages and project.stages[0] in project.closing_stages:
        yield FieldError(
            "closing_stages",
            "first",
            "The first stage cannot be a closing stage, because new leads are in it.",
        )
    if (
        project.inactivity is not None
        and not MINUTE_S <= seconds_of(project.inactivity) <= inactivity.LONGEST_S
    ):
        yield FieldError(
            "inactivity",
            "out_of_range",
            "Must be from one minute (PT1M) to 365 days (P365D).",
        )
    elif project.inactivity is not None and inactivity.is_too_long(project):
        yield FieldError(
            "inactivity",
            "out_of_range",
            "In these working hours the period lasts more than 365 days. Shorten it, or add hours.",
        )
    if project.warning is not None and not _is_before(project.warning, project.inactivity):
        yield FieldError("warning", "too_large", "The warning must be shorter than the period of inactivity.")


def _is_before(warning: str, period: str | None) -> bool:
    """Return True if the warning is shorter than the period, or if there is no period (WRK-6)."""
    return period is None or seconds_of(warning) < seconds_of(period)
