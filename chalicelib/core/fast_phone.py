"""North American numbers at a fraction of the library's cost. Tests prove that the results are equal (PRI-21)."""

from chalicelib.core.contact_points import normal_phone, north_american


def possible_phone(text: str, region: str) -> str | None:
    """Return a possible number in E.164, or None: `contact_points.normal_phone(…, possible=True)`, faster."""
    plain = north_american(text, region)
    return normal_phone(text, region, possible=True) if plain is None else f"+1{plain}"
