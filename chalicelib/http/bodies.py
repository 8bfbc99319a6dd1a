"""Parsers for bodies: JSON, more strictly than the standard library, and forms for the intake (INT-6)."""

import json
import math
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from chalicelib.core.errors import Malformed, TooLarge, UnsupportedMediaType

MAX_BYTES = 64 * 1024
MAX_DEPTH = 5
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


class AmbiguousBody(ValueError):
    """The body could be read in two ways; the message says why, and repeats no value."""


def parse_json(raw: bytes, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> dict[str, Any]:
    """Return the JSON object in `raw`; raise TooLarge, or Malformed if parsers could differ about it.

    Malformed are duplicate keys, NaN and infinities, nesting over `max_depth`, lone surrogates, and anything that is
    not one object in UTF-8.
    """
    _require_size(raw, max_bytes)
    try:
        value = _DECODER.decode(raw.decode("utf-8"))
    except AmbiguousBody as error:
        raise Malformed(f"The body is not valid JSON: {error}.") from error
    except (ValueError, RecursionError) as error:
        raise Malformed("The body is not valid JSON.") from error
    if not isinstance(value, dict):
        raise Malformed("The body must be a JSON object.")
    if not _within(value, max_depth):
        raise Malformed("The body is nested too deeply.")
    if b"\\u" in raw:
        _require_encodable(value)
    return value


def parse_form(raw: bytes, max_bytes: int = MAX_BYTES) -> dict[str, Any]:
    """Return the fields of a form-encoded body; raise TooLarge, or Malformed for repeated fields and bad text."""
    _require_size(raw, max_bytes)
    try:
        pairs = parse_qsl(
            raw.decode("utf-8"), keep_blank_values=True, errors="strict", strict_parsing=bool(raw)
        )
    except ValueError as error:
        raise Malformed("The body is not a valid form.") from error
    try:
        return _object(pairs)
    except ValueError as error:
        raise Malformed("A field is given twice.") from error


def parse_body(raw: bytes, content_type: str) -> dict[str, Any]:
    """Return the values that a lead source sent, as JSON or as a form by its content type (INT-6)."""
    kind = media_type(content_type)
    if kind == JSON:
        return parse_json(raw)
    if kind == FORM and raw.lstrip()[:1] in (b"{", b"["):
        raise UnsupportedMediaType(
            f"The body looks like JSON, but its header says {FORM}: send `Content-Type: {JSON}`."
        )
    if kind == FORM:
        return parse_form(raw)
    raise UnsupportedMediaType(f"Send the body as JSON or a form: `Content-Type: {JSON}` or {FORM}.")


def media_type(content_type: str) -> str:
    """Return the media type without its parameters. An empty content type means JSON."""
    if content_type == JSON:
        return JSON
    return content_type.partition(";")[0].strip().lower() or JSON


def _require_size(raw: bytes, max_bytes: int) -> None:
    if len(raw) > max_bytes:
        raise TooLarge(f"The body is longer than {max_bytes} bytes.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise AmbiguousBody("a key is given twice")
    return value


def _constant(name: str) -> NoReturn:
    raise AmbiguousBody("NaN and Infinity are not JSON numbers")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise AmbiguousBody("a number is too large")
    return number


def _within(value: Any, depth: int) -> bool:
    children = value.values() if isinstance(value, dict) else value
    nested = [child for child in children if isinstance(child, (dict, list))]
    return depth > 0 and all(_within(child, depth - 1) for child in nested)


def _require_encodable(value: dict[str, Any]) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        raise Malformed("The body holds characters that are not valid Unicode.") from error


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant, parse_float=_finite)
