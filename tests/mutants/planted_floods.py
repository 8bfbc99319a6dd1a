"""Planted bugs in the protection against floods (ACC-13)."""

from tests.mutants.mutant import Mutant

_THROTTLES, _ROUTES = "infra/throttles.py", ("tests/infra/floods/test_throttles.py",)
_RESERVATIONS, _ACCOUNT = "infra/reservations.py", ("tests/infra/floods/test_reservations.py",)
_WORKERS, _CALLS = "infra/local/engine_workers.py", ("tests/infra/floods/test_workers.py",)

FLOODS = (
    Mutant(
        "the public pages share the bucket of the users",
        "ACC-13",
        _THROTTLES,
        '    "http.health": "Public",\n',
        "",
        _ROUTES,
    ),
    Mutant(
        "the erasures share the bucket of the users",
        "ACC-13",
        _THROTTLES,
        "_GROUPS_BY_MODULE.get(route.module) or _GROUPS_BY_AREA.get(route.area)",
        "_GROUPS_BY_MODULE.get(route.module)",
        _ROUTES,
    ),
    Mutant(
        "a throttle names a path that CloudFormation does not understand",
        "ACC-13",
        _THROTTLES,
        '"/" + path.replace("/", "~1")',
        "path",
        _ROUTES,
    ),
    Mutant(
        "a deployment reserves the executions that Lambda keeps",
        "ACC-13",
        _RESERVATIONS,
        "account.unreserved + reserved - _NEVER_RESERVED",
        "account.unreserved + reserved",
        _ACCOUNT,
    ),
    Mutant(
        "a deployment forgets what the last one has reserved",
        "ACC-13",
        _RESERVATIONS,
        "{**kept, **given_parameters(parameters)}",
        "given_parameters(parameters)",
        _ACCOUNT,
    ),
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
