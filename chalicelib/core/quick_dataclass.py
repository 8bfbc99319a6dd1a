"""`dataclass` and `cached_value` for frozen values: quicker than those of the standard library (B3, B5).

A frozen class of the standard library sets every field by a call, which took a fifth of the intake's CPU. Here mypy
alone keeps the values frozen: to it, this is the standard decorator, and `make types` refuses every assignment.

The standard decorator also writes and compiles four methods for each class, which took a sixth of a cold start. Here
each is written when it is first used. A request makes values of few of the classes that are loaded, and compares fewer.

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
from typing import TYPE_CHECKING, Any

__all__ = ["cached_value", "dataclass"]

_OPTIONS = {"__init__": "init", "__repr__": "repr", "__eq__": "eq", "__hash__": "unsafe_hash"}

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass  # noqa: PLC0414  # mypy sees the decorators themselves
    from functools import cached_property as cached_value
else:

    def dataclass(cls: type | None = None, *, frozen: bool = False, **options: Any) -> Any:
        """Return the class as a dataclass. One that is called frozen compares and hashes by its fields."""
        if cls is None:
            return lambda decorated: dataclass(decorated, frozen=frozen, **options)
        if not frozen or options.keys() - {"kw_only"}:
            return dataclasses.dataclass(cls, unsafe_hash=frozen, **options)
        dataclasses.dataclass(cls, init=False, repr=False, eq=False, **options)  # its fields alone
        for name in _OPTIONS:
            if vars(cls).get(name) is None:
                setattr(cls, name, _MadeOnUse(cls, name))
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
    """A method of a class, until it is first used. Two threads may make it at once: both make the same."""

    def __init__(self, cls: type, name: str) -> None:
        self._cls, self._name = cls, name

    def __get__(self, instance: object, owner: type) -> Any:
        """Make the method, put it into its class in place of this, and return it as the class would."""
        made = _method_of(self._cls, self._name)
        setattr(self._cls, self._name, made)
        return made.__get__(instance, owner)


def _method_of(cls: type, name: str) -> Any:
    """Return a method as the standard decorator makes it: that of a class which only inherits the fields."""
    names = {"__module__": cls.__module__, "__qualname__": cls.__qualname__, "__doc__": cls.__doc__}
    heir = type(cls)(cls.__name__, (cls,), names)
    options: Any = {option: option == _OPTIONS[name] for option in _OPTIONS.values()}
    return vars(dataclasses.dataclass(**options)(heir))[name]
