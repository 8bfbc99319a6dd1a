"""Grades: points for passed checks, and the letters they give (CAM-14)."""

from dataclasses import field
from typing import Literal

from chalicelib.core.quick_dataclass import dataclass

SERVICES = ("address", "city_state", "line_type", "geolocation", "external_duplicate")


@dataclass(frozen=True)
class Grading:
    """The points for passed checks, the letters for sums of points, and the action of each letter (CAM-14).

    `letters` are (letter, least points, action), best first.
    """

    points: dict[str, int] = field(default_factory=dict)
    letters: tuple[tuple[str, int, Literal["accept", "hold", "reject"]], ...] = ()
