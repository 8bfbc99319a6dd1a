"""Every module of the system, for tests that look at all of them."""

import importlib
import pkgutil

import chalicelib


def load_all() -> list[str]:
    """Import every module of `chalicelib`. Return their names."""
    names = [result.name for result in pkgutil.walk_packages(chalicelib.__path__, "chalicelib.")]
    for name in names:
        importlib.import_module(name)
    return names
