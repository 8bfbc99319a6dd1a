"""Whether the deployment can do its work."""

from chalicelib.aws.dynamodb import batch, rows
from chalicelib.aws.dynamodb.batch import Key
from chalicelib.core import registry
from chalicelib.core.errors import Unavailable
from chalicelib.routes import HEALTH_LEDGER, HEALTH_TABLES

GOOD_FOR_S = 10
_PROBE = "health"
_checked: list[tuple[int, bool]] = []


def check_health(now: int) -> bool:
    """Tell whether every table answers; asked of the tables at most every ten seconds a process."""
    if not _checked or not _checked[0][0] <= now < _checked[0][0] + GOOD_FOR_S:
        _checked[:] = [(now, _tables_answer(now))]
    return _checked[0][1]


def clear_cache() -> None:
    """Forget the last check, as a fresh process would."""
    _checked.clear()


def _tables_answer(now: int) -> bool:
    try:
        batch.read([Key(registry.load(name), _PROBE, _PROBE) for name in HEALTH_TABLES], now)
        rows.get(registry.load(HEALTH_LEDGER), _PROBE, _PROBE, now)
    except Unavailable:
        return False
    return True
