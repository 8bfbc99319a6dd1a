"""Strict reading of bodies (INT-6)."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.errors import Malformed, TooLarge, UnsupportedMediaType
from chalicelib.http import bodies

TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
NUMBER = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBER | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a": 1, "a": 2}',
        b'{"a": {"b": 1, "b": 2}}',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": 1e999}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": "\\ud800"}',
        b'{"\\udfff": 1}',
        b'{"a": "\xff"}',
        b"\xef\xbb\xbf{}",
        b"[]",
        b'"a"',
        b"null",
        b"{",
        b"{} {}",
        b"{'a': 1}",
        b"",
        b"[" * 60000,
        b'{"a":' * 10000,
    ],
)
def test_INT_6_an_ambiguous_body_is_refused(raw: bytes) -> None:
    with pytest.raises(Malformed):
        bodies.parse_json(raw)


def test_INT_6_five_levels_are_read_and_six_are_refused() -> None:
    five: dict[str, Any] = {"a": {"a": [{"a": {"a": 1}}]}}
    assert bodies.parse_json(json.dumps(five).encode()) == five
    with pytest.raises(Malformed):
        bodies.parse_json(json.dumps({"a": five}).encode())
    assert bodies.parse_json(json.dumps({"a": five}).encode(), max_depth=6)


def test_INT_6_64_KiB_are_read_and_one_byte_more_is_refused() -> None:
    raw = json.dumps({"a": "x" * (bodies.MAX_BYTES - 9)}).encode()
    assert len(raw) == bodies.MAX_BYTES
    assert bodies.parse_json(raw)
    for parse in (bodies.parse_json, bodies.parse_form):
        with pytest.raises(TooLarge):
            parse(raw + b" ")


@given(st.dictionaries(TEXT, JSON, max_size=4))
def test_INT_6_plain_json_is_read_unchanged(value: dict[str, Any]) -> None:
    assert bodies.parse_json(json.dumps(value).encode(), max_depth=50) == value
    assert bodies.parse_json(json.dumps(value, ensure_ascii=False).encode(), max_depth=50) == value


@given(st.binary(max_size=60))
def test_INT_6_any_bytes_are_read_or_refused(raw: bytes) -> None:
    for kind in ("application/json", "application/x-www-form-urlencoded"):
        try:
            assert isinstance(bodies.parse_body(raw, kind), dict)
        except (Malformed, UnsupportedMediaType):
            continue


def test_INT_6_a_form_is_read() -> None:
    raw = b"first_name=Ann+B&email=ann%40example.com&note="
    expected = {"first_name": "Ann B", "email": "ann@example.com", "note": ""}
    assert bodies.parse_body(raw, "application/x-www-form-urlencoded; charset=UTF-8") == expected
    assert bodies.parse_form(b"") == {}


@pytest.mark.parametrize("raw", [b"a=1&a=2", b"a=%ff", b"a=\xff", b"novalue"])
def test_INT_6_an_ambiguous_form_is_refused(raw: bytes) -> None:
    with pytest.raises(Malformed):
        bodies.parse_form(raw)


def test_INT_6_no_content_type_means_json_and_others_are_refused() -> None:
    assert bodies.parse_body(b'{"a": 1}', "") == {"a": 1}
    for kind in ("text/xml", "multipart/form-data"):
        with pytest.raises(UnsupportedMediaType):
            bodies.parse_body(b"{}", kind)


@pytest.mark.parametrize(
    "raw", [b'{"phone": "202-555-0184"}', b" \n{}", b'[{"a=b": 1}]', b'{"url": "https://example.org/?a=b"}']
)
def test_USE_U9_json_under_the_default_type_of_curl_is_named(raw: bytes) -> None:
    with pytest.raises(UnsupportedMediaType) as caught:
        bodies.parse_body(raw, "application/x-www-form-urlencoded")
    assert "Content-Type: application/json" in caught.value.message
