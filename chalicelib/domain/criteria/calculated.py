"""Fields that are worked out from the lead's own (CAM-1)."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from chalicelib.domain.campaign_settings import Calculated
from chalicelib.domain.expressions.problems import NotSound, Unevaluable
from chalicelib.domain.fields import Reading
from chalicelib.domain.setup import Campaign

MAX_CHARACTERS = 1_000


def calculate(campaign: Campaign, reading: Reading) -> dict[str, Any]:
    """Return the calculated fields of a lead, in their order; one that cannot be worked out is left out (CAM-1).

    Each may use those before it. A lead that is refused for its fields has none.
    """
    if not campaign.calculated or reading.errors:
        return {}
    from chalicelib.domain.expressions import engine

    values = {**reading.evidence, **reading.fields}
    found: dict[str, Any] = {}
    for key, program in _programs(campaign.id, campaign.version, campaign.calculated):
        try:
            found[key] = _storable(engine.run(program, engine.scope({**values, **found})))
        except Unevaluable:
            continue
    return found


@lru_cache(maxsize=128)
def _programs(
    campaign_id: str, version: int, calculated: Sequence[Calculated]
) -> tuple[tuple[str, Any], ...]:
    """Return a campaign's calculated fields compiled, once for each version; one that makes no sense is left out."""
    from chalicelib.domain.expressions import engine, grammar

    ready = []
    for one in calculated:
        try:
            ready.append((one.key, engine.compiled(grammar.read(one.expression).text)))
        except NotSound:
            continue
    return tuple(ready)


def _storable(value: Any) -> Any:
    if not isinstance(value, str | bool | int | float) or len(str(value)) > MAX_CHARACTERS:
        raise Unevaluable
    return value
