"""Bad input gets a clear error of the same shape, and nothing is lost (INT-5 … INT-8, ACC-6, RET-12)."""

import json
from collections.abc import Iterator

import pytest

from infra.local.api import Answer
from tests.e2e.stack import Stack

GOOD = {"first_name": "Moe", "phone": "+1 202-555-0160"}
_TOO_MUCH = json.dumps({**GOOD, "comment": "x" * 64 * 1024}).encode()
_EXACTLY_ONE_MORE = _TOO_MUCH[: 64 * 1024 - 1] + b'"}'

UNREADABLE = {
    "not JSON": (b"{", 400),
    "not an object": (b"[1]", 400),
    "a duplicate key": (b'{"first_name": "Moe", "phone": "+12025550160", "phone": "+12025550161"}', 400),
    "NaN": (b'{"first_name": NaN, "phone": "+12025550160"}', 400),
    "too deep": (b'{"first_name": {"a": {"b": {"c": {"d": {"e": 1}}}}}}', 400),
    "64 KiB and one byte": (_EXACTLY_ONE_MORE, 413),
}
UNACCEPTABLE: dict[str, tuple[dict[str, object], str]] = {
    "a phone of letters": ({**GOOD, "phone": "call me maybe"}, "phone"),
    "no phone": ({"first_name": "Moe"}, "phone"),
    "an e-mail without a domain": ({**GOOD, "email": "moe"}, "email"),
    "a number where text belongs": ({**GOOD, "first_name": {"is": "Moe"}}, "first_name"),
    "a choice nobody offers": ({**GOOD, "roof": "straw"}, "roof"),
    "a value over 10,000 characters": ({**GOOD, "first_name": "x" * 10_001}, "first_name"),
}


@pytest.fixture(autouse=True)
def nothing_is_stored(stack: Stack) -> Iterator[None]:
    """Check that refused input leaves no person and no facts."""
    before = (_persons(stack), stack.count("leads"))
    yield
    assert (_persons(stack), stack.count("leads")) == before


def _persons(stack: Stack) -> int:
    """Count the rows of persons. A refused post leaves an attempt in the same table: names of fields, no value."""
    return stack.count("people", "NOT begins_with(lead_id, :start)", ":start", "attempts#")


def _is_clear(answer: Answer, status: int) -> bool:
    error = answer.body["error"]
    return answer.status == status and bool(error["code"]) and bool(error["message"])


def test_the_large_body_is_one_byte_over_the_limit() -> None:
    assert len(_EXACTLY_ONE_MORE) == 64 * 1024 + 1
    json.loads(_EXACTLY_ONE_MORE)


@pytest.mark.parametrize("name", UNREADABLE)
def test_INT_6_an_unreadable_body_is_refused(stack: Stack, name: str) -> None:
    content, status = UNREADABLE[name]
    answer = stack.source.send("POST", stack.leads_path(), content)
    assert _is_clear(answer, status), answer


@pytest.mark.parametrize("name", UNACCEPTABLE)
def test_INT_7_a_bad_field_is_named_without_its_value(stack: Stack, name: str) -> None:
    body, field = UNACCEPTABLE[name]

    answer = stack.source.post(stack.leads_path(), body)

    assert _is_clear(answer, 422), answer
    assert [item["field"] for item in answer.body["error"]["fields"]] == [field]
    assert str(body.get(field, "call me maybe"))[:20] not in answer.content.decode()


def test_INT_7_every_bad_field_is_listed_at_once(stack: Stack) -> None:
    body = {"phone": "letters", "email": "moe", "roof": "straw"}
    answer = stack.source.post(stack.leads_path(), body)
    fields = {field["field"] for field in answer.body["error"]["fields"]}
    assert fields == {"first_name", "phone", "email", "roof"}


def test_INT_6_another_content_type_is_415(stack: Stack) -> None:
    answer = stack.source.send("POST", stack.leads_path(), b"<lead/>", {"Content-Type": "application/xml"})
    assert answer.status == 415


def test_ACC_4_an_unknown_campaign_is_404(stack: Stack) -> None:
    answer = stack.user("admin").post("/v1/campaigns/cmp_00000000000000000000000000/leads", GOOD)
    assert _is_clear(answer, 404)


@pytest.mark.parametrize("token", ["lw_source_unknown_secret", "not-a-token", "a.b.c", ""])
def test_ACC_6_a_wrong_token_is_401(stack: Stack, token: str) -> None:
    answer = stack.stranger.send(
        "POST", stack.leads_path(), json.dumps(GOOD).encode(), {"Authorization": f"Bearer {token}"}
    )
    assert _is_clear(answer, 401)


def test_INT_5_a_missing_required_credential_is_401(stack: Stack) -> None:
    assert _is_clear(stack.stranger.post(stack.leads_path(), GOOD), 401)


def test_ACC_6_a_credential_of_other_campaigns_is_403(stack: Stack) -> None:
    campaign = stack.new_campaign(retention={"days": None, "rejected_days": None})
    assert _is_clear(stack.source_of(campaign).post(stack.leads_path(), GOOD), 403)


def test_RET_12_a_forged_confirmation_is_400_and_changes_nothing(stack: Stack) -> None:
    campaign = stack.user("manager").get(f"/v1/campaigns/{stack.campaign()}").body
    change = {"version": campaign["version"], "retention": {"days": 1, "rejected_days": None}}

    answer = stack.user("manager").patch(
        f"/v1/campaigns/{campaign['id']}", {**change, "confirm": "AAAA" * 20}
    )

    assert (answer.status, answer.body["error"]["code"]) == (400, "confirmation_invalid")
    assert stack.user("manager").get(f"/v1/campaigns/{campaign['id']}").body["version"] == campaign["version"]


def test_a_foreign_cursor_is_400(stack: Stack) -> None:
    assert _is_clear(stack.user("admin").get("/v1/projects?cursor=AAAA"), 400)


def test_an_unknown_key_is_422_except_at_the_intake(stack: Stack) -> None:
    answer = stack.user("admin").post("/v1/projects", {"name": "X", "colour": "green"})
    assert _is_clear(answer, 422)
    assert [field["field"] for field in answer.body["error"]["fields"]] == ["colour"]


@pytest.mark.parametrize("path", ["campaigns", "projects", "lead-types", "users", "credentials", "leads"])
def test_ACC_4_an_id_of_another_project_is_404(stack: Stack, path: str) -> None:
    assert _is_clear(stack.user("admin").get(f"/v1/{path}/none_00000000000000000000000000"), 404)


def test_an_unknown_path_gets_the_gateway_s_answer(stack: Stack) -> None:
    assert stack.stranger.get("/v1/nothing-here").status in (403, 404)
