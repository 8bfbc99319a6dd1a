"""North American numbers at a fraction of the library's cost; proven equal to it wherever it answers (PRI-21)."""

import re

from chalicelib.domain.contacts import normal_phone

_PLAN_OF_1 = frozenset(
    "US CA AG AI AS BB BM BS DM DO GD GU JM KN KY LC MP MS PR SX TC TT VC VG VI".split()
)  # fmt: skip
_NATIONAL = re.compile(r"(\+?1)?[ .-]?\(?([2-9][0-9]{2})\)?[ .-]?([2-9][0-9]{2})[ .-]?([0-9]{4})")


def possible_phone(text: str, region: str) -> str | None:
    """Return a possible number in E.164, or None: `contacts.normal_phone(…, possible=True)`, faster."""
    match = _NATIONAL.fullmatch(text)
    if match is not None and (region in _PLAN_OF_1 or (match[1] or "").startswith("+")):
        return f"+1{match[2]}{match[3]}{match[4]}"
    return normal_phone(text, region, possible=True)
