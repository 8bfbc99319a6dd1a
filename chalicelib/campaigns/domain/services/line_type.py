"""The kind of line of a phone number, from the numbering plan of its country (CAM-13).

The plan assigns number ranges to mobile lines. North American ranges do not differ (`either`). A ported number keeps
its range, so only a provider knows its line for certain.
"""

from typing import Any


def line_type(normal: str) -> str:
    """Return the type of a number in E.164, one of LINE_TYPES."""
    import phonenumbers

    number = phonenumbers.parse(normal)
    kinds = phonenumbers.PhoneNumberType
    types = {
        kinds.MOBILE: "mobile",
        kinds.FIXED_LINE: "fixed",
        kinds.FIXED_LINE_OR_MOBILE: "either",
        kinds.VOIP: "voip",
        kinds.TOLL_FREE: "toll_free",
    }
    return types.get(phonenumbers.number_type(number), "unknown")


_PROVIDER_TYPES = {
    "mobile": "mobile", "wireless": "mobile", "cell": "mobile",
    "fixed": "fixed", "landline": "fixed", "fixed_line": "fixed",
    "either": "either", "fixed_line_or_mobile": "either",
    "voip": "voip", "fixed_voip": "voip", "fixedvoip": "voip", "non_fixed_voip": "voip", "nonfixedvoip": "voip",
    "toll_free": "toll_free", "tollfree": "toll_free",
    "unknown": "unknown",
}  # fmt: skip


def provider_type(answer: Any) -> str | None:
    """Return the type that a provider names, one of LINE_TYPES; None for any other answer."""
    return (
        _PROVIDER_TYPES.get(answer.strip().lower().replace("-", "_").replace(" ", "_"))
        if isinstance(answer, str)
        else None
    )
