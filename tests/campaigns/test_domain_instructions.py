"""The posting instructions, made from lead type and settings."""

import json
import shlex
from dataclasses import replace

import pytest

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.instructions import instructions_page
from chalicelib.campaigns.domain.lead_schema import schema_of
from chalicelib.campaigns.domain.reasons import MESSAGES
from chalicelib.intake.schemas.intake import LeadResponse
from chalicelib.organisation.domain.configuration import FIELD_KINDS, Field, LeadType
from chalicelib.organisation.domain.sorted_values import RESERVED

ADDRESS = "https://api.example.com/api/v1/campaigns/cmp/leads"
CAMPAIGN = Campaign(id="cmp", name="Web | `form`", project_id="prj", lead_type_id="lt", source="s")
FIELDS = tuple(
    Field(
        kind, f"A {kind}", kind, required=kind == "phone", choices=("it's", "b") if kind == "choice" else ()
    )
    for kind in FIELD_KINDS
)
LEAD_TYPE = LeadType(id="lt", name="Loan", fields=(*FIELDS, Field("old", "Old", retired=True)))


def curl(page: str) -> list[str]:
    """Return the words of the page's curl line, as a shell reads them."""
    return shlex.split(page.split("```sh\n")[1].split("\n```", maxsplit=1)[0])


def test_INT_14_the_schema_has_every_live_field_and_reserved_key() -> None:
    schema = schema_of(CAMPAIGN, LEAD_TYPE)
    assert set(schema["properties"]) == {*FIELD_KINDS, *RESERVED}
    assert schema["required"] == ["phone"]
    assert schema["additionalProperties"] is True


def test_INT_14_a_list_field_takes_one_value_or_a_list() -> None:
    several = replace(LEAD_TYPE, fields=(replace(FIELDS[5], multiple=True),))
    kinds = schema_of(CAMPAIGN, several)["properties"]["choice"]["anyOf"]
    assert kinds == [{"enum": ["it's", "b"]}, {"type": "array", "items": {"enum": ["it's", "b"]}}]


def test_INT_14_the_curl_line_is_shell_safe_and_complete() -> None:
    strict = replace(CAMPAIGN, require_authentication=True, password_hash="0a1b2c")
    page = instructions_page(strict, LEAD_TYPE, ADDRESS)
    assert "0a1b2c" not in page
    words = curl(page)
    assert words[:4] == ["curl", "-X", "POST", ADDRESS]
    assert "Authorization: Bearer <your token>" in words
    assert "X-Campaign-Password: <campaign password>" in words
    body = json.loads(words[-1])
    assert set(body) == set(FIELD_KINDS)
    assert body["choice"] == "it's"


def test_INT_14_an_open_campaign_needs_no_credential() -> None:
    page = instructions_page(CAMPAIGN, LEAD_TYPE, ADDRESS)
    assert "X-Campaign-Password: <" not in page
    assert not [word for word in curl(page) if word.startswith("Authorization")]


def test_INT_14_the_page_lists_every_answer_and_those_of_the_gateway() -> None:
    page = instructions_page(CAMPAIGN, LEAD_TYPE, ADDRESS)
    for word in ("accepted", "held", "rejected", "duplicate", "blocked", "campaign_not_active", "key_reused"):
        assert word in page
    for reason, message in MESSAGES.items():
        assert f"| {reason} | {message} |" in page
    assert "Missing Authentication Token" in page
    assert page.startswith("# Posting leads to Web / 'form'\n")


@pytest.mark.parametrize("telling", [False, True])
def test_INT_14_the_page_lists_exactly_the_keys_of_an_answer(telling: bool) -> None:
    page = instructions_page(replace(CAMPAIGN, tell_source_reasons=telling), LEAD_TYPE, ADDRESS)
    table = page.split("| key | meaning |\n| --- | --- |\n")[1].split("\n\n")[0]
    keys = [line.split("`")[1] for line in table.splitlines()]
    assert sorted(keys) == sorted(LeadResponse.model_fields.keys() - (set() if telling else {"checks"}))


def test_INT_14_the_page_says_that_a_declined_lead_has_no_id() -> None:
    assert LeadResponse.declined("blocked").lead_id is None
    (line,) = [
        part
        for part in instructions_page(CAMPAIGN, LEAD_TYPE, ADDRESS).splitlines()
        if part.startswith("| `lead_id`")
    ]
    assert "`blocked`" in line
    assert "`campaign_not_active`" in line


@pytest.mark.parametrize(
    ("delimiter", "shown"), [(";", '`";"`'), ("|", '`"|"`'), ("`", '`"\\u0060"`'), ("\n", '`"\\n"`')]
)
def test_CAM_24_the_page_names_the_delimiter_of_list_fields(delimiter: str, shown: str) -> None:
    several = replace(LEAD_TYPE, fields=(replace(FIELDS[5], multiple=True),))
    parting = replace(CAMPAIGN, delimiter=delimiter)
    assert f"with {shown} between them" in instructions_page(parting, several, ADDRESS)
    assert "between them" not in instructions_page(parting, LEAD_TYPE, ADDRESS)
    assert "between them" not in instructions_page(CAMPAIGN, several, ADDRESS)
