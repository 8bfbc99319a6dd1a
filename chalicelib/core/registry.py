"""Load the modules that `chalicelib/routes.py` names. A lower area reaches a higher one only here."""

from importlib import import_module
from typing import Any

from chalicelib.routes import HOOKS


def load(name: str) -> Any:
    """Return the module that a name of the site map refers to, or its attribute after the colon.

    Example:
        >>> load("core.times:DAY_S")
        86400
    """
    module, _, attribute = name.partition(":")
    loaded = import_module(f"chalicelib.{module}")
    return getattr(loaded, attribute) if attribute else loaded


def hook(name: str) -> Any:
    """Return the function or module that a higher area provides under this name of `routes.HOOKS`."""
    return load(HOOKS[name])
