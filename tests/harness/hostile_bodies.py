"""Hostile and damaged JSON and form bodies of leads, the same for every run of a seed (INT-6, INT-7, SRC-3)."""

import json
import random
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus

from tests.harness.hostile import damaged, value

_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"
_KEYS = (
    "phone", "Phone Number", "email", "E-Mail", "first_name", "notes", "home_phone", "contact", "customer_id", "cell",
    "external_id", "tcpa_consent", "tcpa_consent_at", "ip_address", "test", "sub_id", "landing_page_url", "zip", "",
    "user_column_data", "value", "fields", "\u200bphone", "ph\uff4fne", "__proto__", "person", "phones", "unread",
)  # fmt: skip
_SCALARS: tuple[Any, ...] = (
    None, True, False, 0, -1, 10**40, 1.5, 2025550147, 2025550147.0, float("nan"), float("inf"), 1e308, "\ud800",
    "<test lead: dummy data for phone>", "yes", "2026-11-30T10:00:00Z", "\x00", "x" * 20_000, "300.1.2.3", [], {},
)  # fmt: skip


@dataclass(frozen=True)
class HostileBody:
    """A body with its content type."""

    kind: str
    content: bytes

    def texts(self) -> list[str]:
        """Return each value in the body as it was written, and the whole text if it cannot be read."""
        text = self.content.decode("utf-8-sig", errors="replace")
        if self.kind == _FORM:
            return [item for pair in parse_qsl(text, keep_blank_values=True) for item in pair]
        try:
            return list(_leaves(json.loads(text)))
        except (ValueError, RecursionError):
            return [text]


def body(chance: random.Random) -> HostileBody:
    """Return a JSON or form body, whole or damaged, sometimes under the wrong content type."""
    given = {chance.choice(_KEYS): _value(chance, 0) for _ in range(chance.randint(0, 5))}
    if chance.random() < 0.6:
        given["phone"] = value(chance)
    if chance.random() < 0.5:
        content = _json(chance, given)
        kind = _JSON
    else:
        content, kind = _form(chance, given), _FORM
    if chance.random() < 0.25:
        content = damaged(chance, content)
    return HostileBody(chance.choice((_JSON, _FORM)) if chance.random() < 0.05 else kind, content)


def _json(chance: random.Random, given: dict[str, Any]) -> bytes:
    whole: Any = given
    if chance.random() < 0.05:
        whole = chance.choice(([given], "phone", 1, None, [[given]], {"lead": given}))
    text = json.dumps(whole, ensure_ascii=chance.random() < 0.5)
    if chance.random() < 0.05:
        text = chance.choice(
            ("\ufeff" + text, text + text, "[" * 5_000, '{"a":' * 2_000, text[:-1] + ',"phone":1}')
        )
    return text.encode("utf-8", "surrogatepass")


def _form(chance: random.Random, given: dict[str, Any]) -> bytes:
    encode = chance.choice((quote_plus, quote, lambda text: text))
    pairs = [(name, item if isinstance(item, str) else json.dumps(item)) for name, item in given.items()]
    if pairs and chance.random() < 0.1:
        pairs.append(chance.choice(pairs))
    shown = "&".join(f"{encode(_whole(name))}={encode(_whole(item))}" for name, item in pairs)
    return (shown + chance.choice(("", "", "&", "%", "%zz", "=", ";"))).encode()


def _whole(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _value(chance: random.Random, depth: int) -> Any:
    roll = chance.random()
    if roll < 0.6:
        return value(chance)
    if roll < 0.8 or depth > 3:
        return chance.choice(_SCALARS)
    if roll < 0.9:
        return [_value(chance, depth + 1) for _ in range(chance.randint(0, 3))]
    return {chance.choice(_KEYS): _value(chance, depth + 1) for _ in range(chance.randint(0, 3))}


def _leaves(part: Any) -> Any:
    if isinstance(part, dict):
        for child in part.values():
            yield from _leaves(child)
    elif isinstance(part, list):
        for child in part:
            yield from _leaves(child)
    else:
        yield str(part)
