"""Planted bugs in the protection against floods (ACC-13)."""

from tests.mutants.mutant import Mutant

_WORKERS, _CALLS = "infra/local/engine_workers.py", ("tests/infra/floods/test_workers.py",)

FLOODS = (
    Mutant(
        "the local stack starts a worker for each call",
        "ACC-13",
        _WORKERS,
        "        with place_of(function):\n            return",
        "        if place_of(function):\n            return",
        _CALLS,
    ),
    Mutant(
        "a flooded function takes the workers of all",
        "ACC-13",
        _WORKERS,
        'name = (function.get("config") or function).get("FunctionName", "")',
        'name = ""',
        _CALLS,
    ),
)
