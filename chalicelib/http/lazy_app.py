"""A Chalice app that imports a handler module at the first request to one of its routes (B5)."""

import gc
from collections.abc import Iterable, Mapping
from typing import Any

import urllib3  # noqa: F401 - first, from a small depth: see `findings/imports-slow-at-some-depths.sh`
from chalice.app import Chalice

from chalicelib.core import registry
from chalicelib.routes import Route


class LazyChalice(Chalice):
    """A Chalice app that knows its routes from the site map and loads a handler module when it is needed."""

    def __init__(
        self, app_name: str, routes: Mapping[str, Route], event_functions: Mapping[str, str]
    ) -> None:
        """Note the module of every route and event function; load no module."""
        super().__init__(app_name=app_name, configure_logs=False)
        self.api.binary_types = []  # no body is binary: Chalice would compare each answer with 13 types (B3)
        self._site_map = dict(routes)
        self._event_modules = tuple(dict.fromkeys(event_functions.values()))
        self._loaded: set[str] = set()

    def load_for(self, function: str) -> None:
        """Load the modules of a Lambda function at its start; without a name load all, as packaging needs.

        The API function has too many routes for that: it loads each module at the first request.
        """
        if not function:
            self.load_all()
        elif function != "api":
            self._load(route.module for route in self._site_map.values() if route.function == function)

    def load_all(self) -> None:
        """Load every handler module, including those of event functions."""
        self._load([*(route.module for route in self._site_map.values()), *self._event_modules])

    def __call__(self, event: Any, context: Any) -> Any:
        """Load the handler module of a request, then answer it."""
        self.load_route(event.get("httpMethod") or "", event.get("resource") or "")
        return super().__call__(event, context)

    def load_route(self, method: str, path: str) -> None:
        """Load the module of a route; do nothing if the route does not exist."""
        route = self._site_map.get(f"{method} {path}")
        if route is not None and route.module not in self._loaded:
            self._load([route.module])

    def _load(self, modules: Iterable[str]) -> None:
        """Register the blueprint of each module once.

        Loaded modules stay loaded. A garbage collection over them would take a sixth of a cold start.
        """
        gc.disable()
        try:
            for name in dict.fromkeys(modules):
                if name not in self._loaded:
                    module = registry.load(name)
                    self.register_blueprint(getattr(module, "api", None) or module.events)
                    self._loaded.add(name)
        finally:
            gc.freeze()
            gc.enable()
