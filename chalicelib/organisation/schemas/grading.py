"""Grading as the API takes and shows it (CAM-14)."""

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from chalicelib.core import registry
from chalicelib.http.schemas.base import Contract, value_error
from chalicelib.organisation.domain import grading

Points = Annotated[int, Field(ge=-1000, le=1000)]


class Letter(Contract):
    """A letter, the least points for it, and the action for a lead with it."""

    letter: Annotated[str, StringConstraints(pattern=r"^[A-Z][+-]?$")]
    points: Points
    action: Literal["accept", "hold", "reject"]


def _falling(letters: list[Letter]) -> list[Letter]:
    if any(better.points <= worse.points for better, worse in pairwise(letters)):
        raise value_error("order", "List the letters best first, each with fewer points than the one before.")
    return letters


def _graded(points: dict[str, int]) -> dict[str, int]:
    graded = registry.hook("graded_checks")
    if not points.keys() <= set(graded):
        raise value_error("choice", f"Points are possible for: {', '.join(graded)}.")
    return points


class Grading(Contract):
    """Points for each passed check, and the letters for their sum, best first (CAM-14)."""

    points: Annotated[dict[str, Points], AfterValidator(_graded)] = Field(
        default_factory=dict, description="By check; `services.line_type` for a single service."
    )
    letters: Annotated[list[Letter], Field(min_length=1, max_length=15), AfterValidator(_falling)]

    def to_domain(self) -> grading.Grading:
        """Return the grading."""
        return grading.Grading(
            dict(self.points), tuple((grade.letter, grade.points, grade.action) for grade in self.letters)
        )


def grading_of(stored: grading.Grading | None) -> Grading | None:
    """Return a grading as the API shows it."""
    if stored is None:
        return None
    letters = [
        Letter(letter=letter, points=points, action=action) for letter, points, action in stored.letters
    ]
    return Grading(points=stored.points, letters=letters)
