"""The app as a house: a door is loaded at its first request, so that a cold start loads what it serves (B5)."""

import gc
from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any

from chalice.app import Chalice


class LazyChalice(Chalice):
    """A Chalice app whose doors, modules of `chalicelib.handlers`, stay closed until somebody comes to them."""

    def __init__(self, app_name: str, doors: Iterable[str], ways: Mapping[str, str] | None = None) -> None:
        """Know the doors by name, and `ways` to them by other words of a path; load none."""
        super().__init__(app_name=app_name, configure_logs=False)
        self._ways = dict(ways or {})
        self._closed = list(doors)

    def load(self, *names: str) -> None:
        """Load these doors; without a name all that are still closed.

        What is loaded stays: looking for garbage in it would take a sixth of a cold start.
        """
        gc.disable()
        try:
            for name in names or self._closed:
                self.register_blueprint(getattr(import_module(f"chalicelib.handlers.{name}"), name))
                self._closed = [closed for closed in self._closed if closed != name]
        finally:
            gc.freeze()
            gc.enable()

    def __call__(self, event: Any, context: Any) -> Any:
        """Answer a request, with its door open."""
        self._reach(event.get("resource") or "", event.get("httpMethod") or "")
        return super().__call__(event, context)

    def _reach(self, path: str, method: str) -> None:
        """Open the doors that the path's words name, the last first; all of them if it is none of these."""
        for word in reversed(path.replace("-", "_").split("/")):
            if method in self.routes.get(path, ()):
                return
            door = self._ways.get(word, word)
            if door in self._closed:
                self.load(door)
        if method not in self.routes.get(path, ()):
            self.load()
