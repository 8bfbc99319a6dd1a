"""The fields a source may post, for the OpenAPI document; the intake parses the body itself (INT-6, INT-7)."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from chalicelib.http.schemas.values import optional

_LOOSE = ConfigDict(extra="allow", defer_build=True)
_Text = str | float | None
_Flag = bool | str | float | None


def _key(description: str) -> Any:
    return Field(default=None, description=description)


class LeadBody(BaseModel):
    """One lead: the fields of the campaign's lead type by their keys, and the keys below.

    Any other field is kept with the lead. A field with several values is a list. At most 100 fields, 50 of them
    unknown; a value has at most 10,000 characters.
    """

    model_config = _LOOSE

    external_id: _Text = _key(
        "The source's own id of the lead. It is the idempotency key if there is no header."
    )
    sub_id: _Text = _key("A key of the source's own, such as an ad or a page. So are `sub_id2` to `sub_id5`.")
    sub_id2: _Text = None
    sub_id3: _Text = None
    sub_id4: _Text = None
    sub_id5: _Text = None
    tcpa_consent: _Flag = _key("Whether the person consented to be contacted.")
    tcpa_text: _Text = _key("The text that the person consented to.")
    tcpa_consent_at: _Text = _key("When the person consented, as ISO 8601 with a zone.")
    trustedform_cert_url: _Text = _key("The address of the TrustedForm certificate.")
    jornaya_lead_id: _Text = _key("The Jornaya LeadiD.")
    ip_address: _Text = _key("The person's IP address.")
    user_agent: _Text = _key("The person's browser.")
    landing_page_url: _Text = _key("The page where the person filled in the form.")
    test: _Flag = _key("Marks a test lead: it is not worked and not counted.")


class LeadForm(BaseModel):
    """One lead as form fields, each given once; the keys are those of `LeadBody`. Send `+` as `%2B`."""

    model_config = _LOOSE
    __pydantic_extra__: dict[str, str]

    external_id: str = optional("The source's own id of the lead.")
    test: str = optional("`true` marks a test lead.")
