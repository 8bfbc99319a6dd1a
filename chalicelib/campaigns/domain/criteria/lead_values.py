"""The values of one lead, as criteria and expressions see them."""

from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.campaigns.domain.criteria.cel.problems import MAX_VALUES, Unevaluable

Reader = Callable[[Any], Any]


class LeadValues:
    """The values of a lead: each is read once, however many criteria ask about it."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values
        self._scope: Any = None
        self._read: dict[tuple[str, Reader], tuple[Any, ...] | None] = {}

    def read(self, field: str, reader: Reader) -> tuple[Any, ...]:
        """Return the values of a field as a reader makes them comparable; Unevaluable if it cannot be asked (CAM-2).

        It cannot where nothing is there, where more than 100 values are, or where one is not of the reader's kind.
        """
        try:
            found = self._read[field, reader]
        except KeyError:
            found = self._read[field, reader] = _read(self.values.get(field), reader)
        if found is None:
            raise Unevaluable
        return found

    @property
    def scope(self) -> Any:
        """Return what expressions see of the lead."""
        from chalicelib.campaigns.domain.criteria.cel import engine

        if self._scope is None:
            self._scope = engine.scope(self.values)
        return self._scope


def _read(value: Any, reader: Reader) -> tuple[Any, ...] | None:
    several = value if isinstance(value, list) else [value]
    if value is None or not 1 <= len(several) <= MAX_VALUES:
        return None
    try:
        return tuple(map(reader, several))
    except Unevaluable:
        return None
