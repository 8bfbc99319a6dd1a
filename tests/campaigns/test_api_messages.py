"""Refusals say what is possible, by name (ACC-6, INT-7, CAM-2, CAM-21)."""

from pathlib import Path
from typing import Any

import pytest

from chalicelib.core.access import Role
from chalicelib.organisation.domain.field_types import UnreadableValue, read_choice
from tests.factories.configuration import CAMPAIGN, WEST, create_configuration, post_created
from tests.harness.api import ApiHarness, Caller

ROOT = Path(__file__).parents[2]
CAMPAIGNS = "/v1/campaigns"


@pytest.fixture
def manager(api: ApiHarness) -> Caller:
    """A manager of the western project."""
    create_configuration()
    return api.user(Role.MANAGER, WEST, user_id="usr_west")


@pytest.fixture
def path(manager: Caller) -> str:
    """The path of a campaign."""
    return f"{CAMPAIGNS}/{post_created(manager, CAMPAIGNS, CAMPAIGN)['id']}"


@pytest.mark.parametrize(
    "headers", [{}, {"X-Api-Key": "lw_source_wrong"}, {"Authorization": "lw_source_wrong"}]
)
def test_USE_U9_a_401_names_the_header(api: ApiHarness, path: str, headers: dict[str, str]) -> None:
    for address in (path, "/v1/me"):
        reply = api.stranger().get(address, headers=headers)
        assert (reply.status, reply.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert "`Authorization: Bearer <token>`" in reply.json["error"]["message"]


def test_USE_U9_a_version_conflict_says_the_current_version(manager: Caller, path: str) -> None:
    assert manager.patch(path, {"version": 1, "name": "Other"}).status == 200
    reply = manager.patch(path, {"version": 1, "name": "Third"})
    assert (reply.status, reply.code) == (409, "version_conflict")
    assert "The version is now 2." in reply.json["error"]["message"]


def test_USE_U9_another_content_type_is_answered_with_the_right_one(manager: Caller, path: str) -> None:
    reply = manager.patch(path, {"version": 1}, headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert reply.status == 415
    assert "Content-Type: application/json" in reply.json["error"]["message"]


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"criteria": {"field": "phone", "op": "exists"}}, '{"all": [{"field"'),
        ({"criteria": {"all": [{"field": "attic", "op": "exists"}]}}, "they have: "),
        ({"criteria": {"all": [{"field": "phone", "op": "at_least", "value": 1}]}}, "starts_with"),
        ({"criteria": {"all": [{"field": "phone", "op": "like", "value": 1}]}}, "one_of"),
        ({"assignment": {"category": "attic"}}, "categories: "),
        ({"assignment": {"user_id": "ada@example.org"}}, "usr_"),
        ({"services": {"teleport": {"enabled": True}}}, "city_state"),
        ({"status": "paused"}, "on_hold"),
    ],
)
def test_USE_U9_settings_are_refused_with_what_is_possible(
    manager: Caller, path: str, settings: dict[str, Any], told: str
) -> None:
    reply = manager.patch(path, {"version": 1, **settings})
    assert reply.status == 422
    assert told in " ".join(field["message"] for field in reply.json["error"]["fields"])


@pytest.mark.parametrize("sent", ["tiles", "Tiles", " TILES "])
def test_USE_U9_a_choice_is_read_in_any_case(sent: str) -> None:
    assert read_choice(sent, ("tiles", "metal")) == "tiles"


@pytest.mark.parametrize("sent", ["slate", "", "tile", 1, ["tiles"], "A"])
def test_USE_U9_an_unknown_or_unclear_choice_is_answered_with_the_choices(sent: Any) -> None:
    with pytest.raises(UnreadableValue) as caught:
        read_choice(sent, ("tiles", "metal", "á", "Á"))
    assert caught.value.message == "Must be one of: tiles, metal, á, Á."


def test_USE_U9_an_unknown_path_is_no_fault_of_the_token() -> None:
    resources = (ROOT / "infra" / "resources" / "http.yaml").read_text()
    block = resources.partition("MISSING_AUTHENTICATION_TOKEN:")[2][:600]
    assert 'StatusCode: "404"' in block
    assert "check the path and the method" in block
