"""Messages for bad fields: each says what is possible, and none repeats a value (INT-7)."""

import re
import types
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from chalicelib.core.listing import listed

PATTERNS = {
    r"^[0-9]{1,9}(\.[0-9]{1,4})?$": "Must be an amount such as 15 or 15.00, without a sign or a currency.",
    r"^[a-z][a-z0-9_]{0,39}$": "Must be a word of small letters, digits and _, such as call_back.",
    r"^[a-z][a-z0-9_]{0,63}$": "Must be a word of small letters, digits and _, such as postal_code.",
    r"^[A-Za-z0-9_.:@-]{1,128}$": "Must be an id as the API gave it: letters, digits and _ . : @ -, at most 128.",
    r"^([A-Za-z0-9_.:@-]{1,128}|\*)$": "Must be the id of a project, or * for all projects.",
    r"^[A-Z]{2}$": "Must be two capital letters, such as US.",
    r"^[A-Z]{3}$": "Must be three capital letters (ISO 4217), such as USD.",
    r"^[A-Z][+-]?$": "Must be a capital letter, with + or - if you like: A, B+.",
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$": "Must be a day, such as 2026-12-21.",
    r"^[a-z_]{1,40}/[A-Za-z0-9_.~:=@-]{1,512}$": "Must be a kind and an id, such as lead/lead_….",
    r"^[0-9]{6}$": "Must be six digits, as the authenticator shows them.",
    r"^[^\s@]+@[^\s@]+$": "Must be an e-mail address, such as ada@example.org.",
}
"""What the patterns of requests mean. A test compares them with the schemas."""

_DAY = "Must be a day, such as 2026-12-21."
_NUMBER = "Must be a number, without quotes."
_WHOLE = "Must be a whole number, such as 14."
_SIMPLE = {
    "missing": ("required", "This field is required."),
    "string_type": ("type", "Must be a text, in quotes."),
    "string_unicode": ("type", "Must be a text in UTF-8."),
    "int_type": ("type", "Must be a whole number, without quotes."),
    "int_parsing": ("format", _WHOLE),
    "int_parsing_size": ("format", _WHOLE),
    "int_from_float": ("type", _WHOLE),
    "float_type": ("type", _NUMBER),
    "float_parsing": ("format", _NUMBER),
    "finite_number": ("type", _NUMBER),
    "bool_type": ("type", "Must be true or false, without quotes."),
    "bool_parsing": ("format", "Must be true or false."),
    "list_type": ("type", "Must be a list: [ … ]."),
    "dict_type": ("type", "Must be an object: { … }."),
    "model_type": ("type", "Must be an object: { … }."),
    "model_attributes_type": ("type", "Must be an object: { … }."),
    "none_required": ("type", "Must be null."),
    "date_type": ("type", _DAY),
    "date_parsing": ("format", _DAY),
    "date_from_datetime_parsing": ("format", _DAY),
    "date_from_datetime_inexact": ("format", _DAY),
}
_BOUNDED: dict[str, tuple[str, str]] = {
    "string_too_short": ("too_short", "Must have at least {min_length} characters."),
    "string_too_long": ("too_long", "Must have at most {max_length} characters."),
    "too_short": ("too_short", "Must have at least {min_length} entries."),
    "too_long": ("too_long", "Must have at most {max_length} entries."),
    "greater_than_equal": ("too_small", "Must be {ge} or more."),
    "greater_than": ("too_small", "Must be more than {gt}."),
    "less_than_equal": ("too_large", "Must be {le} or less."),
    "less_than": ("too_large", "Must be less than {lt}."),
}
_Location = Sequence[int | str]


def code_and_message(
    kind: str, context: Mapping[str, Any], location: _Location, model: type[BaseModel] | None
) -> tuple[str, str]:
    """Return the code and the message of one error of pydantic: its kind, its bounds, the place in the request."""
    if kind in _SIMPLE:
        return _SIMPLE[kind]
    if kind in _BOUNDED:
        code, text = _BOUNDED[kind]
        return code, text.format_map(context)
    if kind in ("literal_error", "enum"):
        return "choice", f"Must be one of: {_words(context['expected'])}."
    if kind == "union_tag_invalid":
        return (
            "choice",
            f"The field {_words(context['discriminator'])} must be one of: {_words(context['expected_tags'])}.",
        )
    if kind == "union_tag_not_found":
        return "required", f"The field {_words(context['discriminator'])} is required."
    if kind == "string_pattern_mismatch":
        return "pattern", PATTERNS.get(context["pattern"], _DOES_NOT_FIT)
    if kind == "extra_forbidden":
        names = sorted({name for parent in _parents(model, location) for name in parent.model_fields})
        return "unknown", f"There is no such field here; there are: {listed(names)}." if names else _NO_FIELDS
    return "invalid", _DOES_NOT_FIT


_DOES_NOT_FIT = "This value does not fit the field; its form is in /v1/openapi.json."
_NO_FIELDS = "There is no such field: this takes no fields."


def _words(expected: str) -> str:
    """Return pydantic's list of words without its quotes: `'a', 'b' or 'c'` becomes `a, b, c`."""
    return ", ".join(re.findall(r"'([^']*)'", expected)) or expected


def _parents(model: type[BaseModel] | None, location: _Location) -> Iterator[type[BaseModel]]:
    """Return the models that hold the last step of a location."""
    here: list[type[BaseModel]] = [model] if model is not None else []
    for step in location[:-1]:
        if isinstance(step, int):
            continue
        inner = [
            each
            for parent in here
            if step in parent.model_fields
            for each in _models(parent.model_fields[step].annotation)
        ]
        tagged = [parent for parent in here if _has_tag(parent, step)]
        here = inner or tagged or here
    yield from here


def _has_tag(model: type[BaseModel], tag: str) -> bool:
    literals = (
        get_args(field.annotation)
        for field in model.model_fields.values()
        if get_origin(field.annotation) is Literal
    )
    return model.__name__ == tag or any(tag in words for words in literals)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) in (Union, types.UnionType, list, dict, tuple, Annotated):
        for argument in get_args(annotation):
            yield from _models(argument)
