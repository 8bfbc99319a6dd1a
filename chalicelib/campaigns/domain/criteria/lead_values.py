"""The values of one lead for criteria and expressions."""

from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.campaigns.domain.criteria.cel.problems import MAX_VALUES, Unevaluable

Reader = Callable[[Any], Any]


class LeadValues:
    """The values of a lead. Each is converted once, for any number of criteria."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values
        self._scope: Any = None
        self._read: dict[tuple[str, Reader], tuple[Any, ...] | None] = {}

    def read(self, field: str, reader: Reader) -> tuple[Any, ...]:
        """Return the values of a field, converted to compare them; raise Unevaluable if that is impossible (CAM-2).

        It is not possible if the field is missing, has more than 100 values, or has one of another kind.
        """
        try:
            values = self._read[field, reader]
        except KeyError:
            values = self._read[field, reader] = _read(self.values.get(field), reader)
        if values is None:
            raise Unevaluable
        return values

    @property
    def scope(self) -> Any:
        """Return the values of the lead for expressions."""
        from chalicelib.campaigns.domain.criteria.cel import engine

        if self._scope is None:
            self._scope = engine.scope(self.values)
        return self._scope


def _read(value: Any, reader: Reader) -> tuple[Any, ...] | None:
    values = value if isinstance(value, list) else [value]
    if value is None or not 1 <= len(values) <= MAX_VALUES:
        return None
    try:
        return tuple(map(reader, values))
    except Unevaluable:
        return None
