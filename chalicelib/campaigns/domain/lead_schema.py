"""The JSON Schema of a lead, made from its lead type (INT-14)."""

from typing import Any

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.organisation.domain.configuration import Field, LeadType
from chalicelib.organisation.domain.sorted_values import MAX_CHARACTERS, SUB_IDS

_TEXT: dict[str, Any] = {"type": "string", "maxLength": MAX_CHARACTERS}
_KINDS: dict[str, dict[str, Any]] = {
    "phone": {**_TEXT, "description": "A phone number of the project's region, or one that starts with +."},
    "email": {**_TEXT, "format": "email"},
    "number": {"type": ["number", "string"]},
    "date": {**_TEXT, "format": "date"},
    "postal_code": _TEXT,
    "country": {"type": "string", "pattern": "^[A-Za-z]{2}$"},
    "ip": {**_TEXT, "description": "An IPv4 or IPv6 address."},
    "url": {**_TEXT, "format": "uri"},
    "boolean": {"type": ["boolean", "string"]},
}
_RESERVED: dict[str, dict[str, Any]] = {
    "external_id": {
        **_TEXT,
        "description": "Your own id of the lead. The same id is the same lead (see Idempotency-Key).",
    },
    **{name: {**_TEXT, "description": "Your own label for reports."} for name in SUB_IDS},
    "test": {
        "type": "boolean",
        "description": "The lead is decided without any effect, and erased after a day.",
    },
    "tcpa_consent": {
        "type": ["boolean", "string"],
        "description": "Whether the person consented to be called.",
    },
    "tcpa_text": {**_TEXT, "description": "The text they consented to."},
    "tcpa_consent_at": {**_TEXT, "format": "date-time"},
    "trustedform_cert_url": {**_TEXT, "format": "uri"},
    "jornaya_lead_id": _TEXT,
    "ip_address": {**_TEXT, "description": "The person's address, IPv4 or IPv6."},
    "user_agent": _TEXT,
    "landing_page_url": {**_TEXT, "format": "uri"},
}


def schema_of(campaign: Campaign, lead_type: LeadType) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the leads that a source posts to the campaign (INT-14)."""
    fields = [field for field in lead_type.fields if not field.retired]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{campaign.name}: {lead_type.name}",
        "type": "object",
        "properties": {**{field.key: _property(field) for field in fields}, **_RESERVED},
        "required": [field.key for field in fields if field.required],
        "additionalProperties": True,
    }


def _property(field: Field) -> dict[str, Any]:
    kind = {"enum": list(field.choices)} if field.kind == "choice" else _KINDS.get(field.kind, _TEXT)
    if field.multiple:
        return {"title": field.label, "anyOf": [kind, {"type": "array", "items": kind}]}
    return {"title": field.label, **kind}
