"""Load what `chalicelib/routes.py` names: the only way from a lower area to a higher one."""

from importlib import import_module
from typing import Any

from chalicelib.routes import HOOKS


def load(name: str) -> Any:
    """Return the module that a name of the site map means, or the attribute of it after a colon.

    Example:
        >>> load("core.times:DAY_S")
        86400
    """
    module, _, attribute = name.partition(":")
    loaded = import_module(f"chalicelib.{module}")
    return getattr(loaded, attribute) if attribute else loaded


def hook(name: str) -> Any:
    """Return what a higher area offers under this name of `routes.HOOKS`: a function, or a module of several."""
    return load(HOOKS[name])
