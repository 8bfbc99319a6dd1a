"""A checked expression, and the guard that makes its value finite (CAM-2).

In CEL a division of doubles by zero gives infinity. Here it has no result. So every part that may be infinite is
wrapped in `finite(…)`, which fails for it, before it is compared or used as a divisor.
"""

from collections.abc import Mapping
from dataclasses import field

from chalicelib.campaigns.domain.criteria.cel.language import ValueType
from chalicelib.core.quick_dataclass import dataclass


@dataclass(frozen=True)
class Expression:
    """An expression or a part of it: its text for the engine, its kind and cost; `risky` if it may be infinite.

    `items` is the kind of a list's values. A `constant` one has neither a field nor a variable.
    `fields` maps each field of the lead that a whole expression uses to its first position.
    """

    text: str
    kind: ValueType = None
    cost: int = 1
    risky: bool = False
    terms: int = 1
    items: ValueType = None
    constant: bool = False
    fields: Mapping[str, int] = field(default_factory=dict)

    @property
    def guarded(self) -> str:
        """Return the text with a guard, so that its value is finite or has no result."""
        return f"finite({self.text})" if self.risky else self.text
