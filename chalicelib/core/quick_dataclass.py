"""`dataclass` and `cached_value` for frozen values: quicker than those of the standard library (B3, B5).

A frozen class of the standard library sets every field by a call, which took a fifth of the intake's CPU. Here mypy
alone keeps the values frozen: to it, this is the standard decorator, and `make types` refuses every assignment.

The standard decorator also writes and compiles four methods for each class, which took a sixth of a cold start. Here
three are shared code, and `__init__` is compiled when the first value of its class is made. A request makes values of
few of the classes that are loaded.

Until Python 3.12 `functools.cached_property` takes a lock that all instances of a class share. `cached_value` has none:
two threads may both work a value out, which is then the same.

Example:
    >>> @dataclass(frozen=True)
    ... class Point:
    ...     x: int
    ...     y: int = 0
    >>> Point(1) == Point(1, 0), len({Point(1), Point(1)}), Point(1)
    (True, 1, Point(x=1, y=0))
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

import dataclasses
from collections.abc import Callable
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any

__all__ = ["cached_value", "dataclass"]

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass  # noqa: PLC0414  # mypy sees the decorators themselves
    from functools import cached_property as cached_value
else:

    def dataclass(cls: type | None = None, *, frozen: bool = False, **options: Any) -> Any:
        """Return the class as a dataclass. One that is called frozen compares and hashes by its fields."""
        if cls is None:
            return lambda decorated: dataclass(decorated, frozen=frozen, **options)
        if not frozen or options.keys() - {"kw_only"} or "__init__" in vars(cls):
            return dataclasses.dataclass(cls, unsafe_hash=frozen, **options)
        dataclasses.dataclass(cls, init=False, repr=False, eq=False, **options)  # its fields alone
        cls.__init__ = _MadeOnUse(cls)
        for name, method in _methods(dataclasses.fields(cls)).items():
            if vars(cls).get(name) is None:
                setattr(cls, name, method)
        return cls

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


class _MadeOnUse:
    """The `__init__` of a class, until it is first used. Two threads may make it at once: both make the same."""

    def __init__(self, cls: Any) -> None:
        self._cls = cls

    def __get__(self, instance: object, owner: type) -> Any:
        """Make the method, put it into its class in place of this, and return it as the class would."""
        self._cls.__init__ = made = _init_of(self._cls)
        return made.__get__(instance, owner)


def _init_of(cls: type) -> Any:
    """Return `__init__` as the standard decorator makes it: that of a class which only inherits the fields."""
    names = {"__module__": cls.__module__, "__qualname__": cls.__qualname__, "__doc__": cls.__doc__}
    heir = type(cls)(cls.__name__, (cls,), names)
    return vars(dataclasses.dataclass(repr=False, eq=False)(heir))["__init__"]


def _methods(fields: tuple["dataclasses.Field[Any]", ...]) -> dict[str, Callable[..., Any]]:
    """Return what the standard decorator would write for these fields."""
    compared = _values_of([field.name for field in fields if field.compare])
    hashed = _values_of([field.name for field in fields if _is_hashed(field)])

    def __eq__(self: object, other: object) -> Any:  # noqa: N807
        return compared(self) == compared(other) if other.__class__ is self.__class__ else NotImplemented

    def __hash__(self: object) -> int:  # noqa: N807
        return hash(hashed(self))

    return {"__eq__": __eq__, "__hash__": __hash__, "__repr__": _repr}


def _is_hashed(field: "dataclasses.Field[Any]") -> bool:
    return field.compare if field.hash is None else field.hash


def _values_of(names: list[str]) -> Callable[[object], Any]:
    return attrgetter(*names) if names else lambda _value: ()


@recursive_repr()
def _repr(self: Any) -> str:
    shown = (
        f"{field.name}={getattr(self, field.name)!r}" for field in dataclasses.fields(self) if field.repr
    )
    return f"{self.__class__.__qualname__}({', '.join(shown)})"
