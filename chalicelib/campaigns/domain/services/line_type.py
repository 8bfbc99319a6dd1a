"""What kind of line a phone number is, by the numbering plan of its country (CAM-13).

The plan says which numbers are given to mobile lines; in North America one cannot tell (`either`), and a number
that was carried over to another kind of line still looks as before: for certainty a provider is asked.
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


_SAID = {
    "mobile": "mobile", "wireless": "mobile", "cell": "mobile",
    "fixed": "fixed", "landline": "fixed", "fixed_line": "fixed",
    "either": "either", "fixed_line_or_mobile": "either",
    "voip": "voip", "fixed_voip": "voip", "fixedvoip": "voip", "non_fixed_voip": "voip", "nonfixedvoip": "voip",
    "toll_free": "toll_free", "tollfree": "toll_free",
    "unknown": "unknown",
}  # fmt: skip


def said_type(answer: Any) -> str | None:
    """Return the type that a provider names, one of LINE_TYPES; None for anything it may not say."""
    return (
        _SAID.get(answer.strip().lower().replace("-", "_").replace(" ", "_"))
        if isinstance(answer, str)
        else None
    )
