"""`dataclass` and `cached_value` for frozen values: quicker than those of the standard library (B3, B5).

A frozen class of the standard library sets every field by a call, which took a fifth of the intake's CPU. Here mypy
alone keeps the values frozen: to it, this is the standard decorator, and `make types` refuses every assignment.

Until Python 3.12 `functools.cached_property` takes a lock that all instances of a class share. `cached_value` has none:
two threads may both work a value out, which is then the same.

Example:
    >>> @dataclass(frozen=True)
    ... class Point:
    ...     x: int
    ...     y: int = 0
    >>> Point(1) == Point(1, 0), len({Point(1), Point(1)})
    (True, 1)
    >>> class Basket:
    ...     @cached_value
    ...     def total(self) -> int:
    ...         print("added up")
    ...         return 3
    >>> basket = Basket()
    >>> basket.total, basket.total
    added up
    (3, 3)
"""

from typing import TYPE_CHECKING, Any

__all__ = ["cached_value", "dataclass"]

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass  # noqa: PLC0414  # mypy sees the decorators themselves
    from functools import cached_property as cached_value
else:
    import dataclasses

    def dataclass(cls: type | None = None, *, frozen: bool = False, **options: Any) -> Any:
        """Return the class as a dataclass. One that is called frozen compares and hashes by its fields."""
        return dataclasses.dataclass(cls, unsafe_hash=frozen, **options)

    class cached_value:  # noqa: N801  # used as a decorator
        """A property that is worked out once for each instance, whose class has no `__slots__`."""

        def __init__(self, function: Any) -> None:
            self.function, self.name, self.__doc__ = function, function.__name__, function.__doc__

        def __get__(self, instance: Any, owner: type | None = None) -> Any:
            """Return the value, and keep it where the next look-up finds it."""
            if instance is None:
                return self
            value = instance.__dict__[self.name] = self.function(instance)
            return value
