"""The posting instructions of a campaign: one complete page for a lead source (INT-14)."""

import json
from collections.abc import Iterable, Iterator

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.reasons import MESSAGES
from chalicelib.organisation.domain.configuration import Field, LeadType

_EXAMPLES = {
    "text": "Example",
    "phone": "+1 202-555-0123",
    "email": "person@example.com",
    "number": "42",
    "date": "1984-05-06",
    "postal_code": "90012",
    "country": "US",
    "ip": "203.0.113.7",
    "url": "https://www.example.com/",
    "boolean": "true",
}
_ANSWERS = (
    ("201", "accepted", "The lead is accepted. `price` and `currency` are its price, if one is set."),
    ("202", "held", "The lead is stored and waits for quality control."),
    ("200", "rejected", "The lead is rejected; `reason` says why. Do not send it again unchanged."),
    ("200", "duplicate", "An earlier lead has the same values; `reason` is `duplicate`."),
    (
        "200",
        "(any)",
        "With the header `Idempotent-Replay: true`: this key was answered before, and this is the same answer.",
    ),
    (
        "200",
        "(as it was)",
        "With `state` = `erased`: this key was answered before, and the person has been erased. No new lead is made.",
    ),
)
_KEYS = (
    ("lead_id", "The id of the lead. Missing with `blocked` and `campaign_not_active`: nothing was stored."),
    ("status", "The result, see above."),
    ("state", "`erased` after the person was erased. Then there are only `lead_id`, `status` and `state`."),
    ("reason", "A stable code for the reason, see below."),
    ("message", "The reason in words."),
    ("price", "The price of an accepted lead as a decimal, if one is set."),
    ("currency", "The currency of `price`."),
    ("due_at", "When the person will be erased."),
    ("duplicate_of", "The id of the earlier lead, if it was sent with the same token."),
    ("test", "`true` for a test lead."),
)
_CHECKS = ("checks", "The checks that the lead did not pass, as `name/rule` or `name/rule/which`.")
_ERRORS = (
    (
        "400",
        "malformed",
        "The body cannot be read: not one JSON object, a repeated key, NaN, nested too deeply.",
    ),
    ("400", "bad_idempotency_key", "The header `Idempotency-Key` must have 1 to 255 printable characters."),
    ("401", "unauthenticated", "The token is missing or not valid."),
    ("401", "wrong_password", "The header `X-Campaign-Password` is wrong or missing."),
    ("403", "forbidden", "The token is valid, but for other campaigns."),
    (
        "403",
        "(no code)",
        "`Missing Authentication Token`, from API Gateway itself: the address is wrong, for example without its stage.",
    ),
    ("404", "not_found", "The campaign does not exist, or the address or the method is wrong."),
    ("413", "too_large", "The body is longer than 64 KiB."),
    ("415", "unsupported_media_type", "Send `application/json` or `application/x-www-form-urlencoded`."),
    (
        "422",
        "invalid",
        "`fields` lists every bad field with code and message: correct them and send the lead again.",
    ),
    ("422", "key_reused", "This key was used for another lead."),
    (
        "429",
        "throttled",
        "Too many requests, bad tokens or wrong passwords: wait for `Retry-After` seconds.",
    ),
    ("503", "unavailable", "Nothing was decided: repeat the request after `Retry-After` seconds."),
    ("5xx", "internal", "It is unknown whether the lead was stored: repeat the request with the same key."),
)


_MORE_FIELDS = """Further fields: `external_id`, `sub_id` … `sub_id5`, `test`, `tcpa_consent`, `tcpa_text`,
`tcpa_consent_at`, `trustedform_cert_url`, `jornaya_lead_id`, `ip_address`, `user_agent`, `landing_page_url`. Send
`"test": true` to try the route: the lead has no effect and is not counted."""
_AGAIN = """Send each lead with a header `Idempotency-Key` (up to 255 characters) or an `external_id`. The same key with
the same content gets the first answer again and never makes a second lead. So repeat the request after a lost answer
or a 5xx. Without a key every request makes a lead."""
_BODY = """A JSON object with these keys; empty ones are missing. Read the result from the body. With the header
`Prefer: status-codes` rejected leads are answered with 422 and duplicates with 409."""


def instructions_page(campaign: Campaign, lead_type: LeadType, address: str) -> str:
    """Return the posting instructions of a campaign as Markdown; `address` is where it accepts leads (INT-14)."""
    fields = [field for field in lead_type.fields if not field.retired]
    sections = (
        f"# Posting leads to {_plain(campaign.name)}",
        f"`POST {address}`",
        _access(campaign),
        "## An example",
        f"```sh\n{_curl(campaign, fields, address)}\n```",
        "## Fields",
        "One JSON object (or a form), at most 64 KiB and 100 fields. Unknown fields are kept as extras.",
        _table(("field", "kind", "required", "meaning"), map(_field_row, fields)),
        *_several(campaign, fields),
        _MORE_FIELDS,
        "## Retries",
        _AGAIN,
        "## Answers",
        _table(("HTTP", "status", "meaning"), _ANSWERS),
        _BODY,
        _table(("key", "meaning"), _keys(campaign)),
        _table(("reason", "meaning"), MESSAGES.items()),
        "## Errors",
        '`{"error": {"code", "message", "fields"?}}`. Nothing was stored.',
        _table(("HTTP", "code", "meaning"), _ERRORS),
    )
    return "\n\n".join(sections) + "\n"


def _access(campaign: Campaign) -> str:
    token = (
        "required"
        if campaign.require_authentication
        else "not required, but a token that is sent must be valid"
    )
    lines = [f"- `Authorization: Bearer <your token>`: {token}."]
    if campaign.password_hash is not None:
        lines.append("- `X-Campaign-Password: <campaign password>`: required.")
    return "\n".join(lines)


def _several(campaign: Campaign, fields: list[Field]) -> Iterator[str]:
    """Yield how to send several values of a field as one text, if the campaign has a delimiter (CAM-24)."""
    if campaign.delimiter and any(field.multiple for field in fields):
        sign = json.dumps(campaign.delimiter).replace("`", "\\u0060")
        yield f"Several values of a field may also come as one text, with `{sign}` between them."


def _keys(campaign: Campaign) -> Iterator[tuple[str, ...]]:
    keys = (*_KEYS, _CHECKS) if campaign.tell_source_reasons else _KEYS
    return ((f"`{key}`", meaning) for key, meaning in keys)


def _curl(campaign: Campaign, fields: list[Field], address: str) -> str:
    body = json.dumps({field.key: _example(field) for field in fields}, indent=2).replace("'", "\\u0027")
    headers = ["Content-Type: application/json", "Idempotency-Key: lead-0001"]
    if campaign.require_authentication:
        headers.append("Authorization: Bearer <your token>")
    if campaign.password_hash is not None:
        headers.append("X-Campaign-Password: <campaign password>")
    lines = [f"curl -X POST '{address}'", *(f"-H '{header}'" for header in headers), f"-d '{body}'"]
    return " \\\n  ".join(lines)


def _example(field: Field) -> str:
    return field.choices[0] if field.kind == "choice" else _EXAMPLES[field.kind]


def _field_row(field: Field) -> tuple[str, ...]:
    meaning = _plain(field.label)
    if field.choices:
        meaning += ": one of " + ", ".join(f"`{_plain(choice)}`" for choice in field.choices)
    if field.multiple:
        meaning += " (several values as an array)"
    return f"`{field.key}`", field.kind, "yes" if field.required else "no", meaning


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _plain(text: str) -> str:
    """Return a text without line breaks and table signs."""
    return " ".join(text.split()).replace("|", "/").replace("`", "'")
