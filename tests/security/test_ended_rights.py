"""A cursor or a confirmation outlives no right (ACC-3, ACC-4, SEC-A5)."""

from typing import Any

import pytest

from chalicelib.core.access import Permission, Role
from chalicelib.organisation import store as configuration
from tests.factories.work import rewrite_user
from tests.security.dataset import LEAD, Dataset

LISTS = {
    "/v1/leads?campaign=cmp_1&limit=1": 404,
    "/v1/leads?campaign=cmp_1&person=true&limit=1": 404,
    "/v1/projects/prj_1/unassigned?limit=1": 404,
    "/v1/changes?subject=campaign/cmp_1&limit=1": 404,
    "/v1/imports?limit=1": 200,
    "/v1/blocks?limit=1": 200,
    "/v1/campaigns?limit=1": 200,
}


@pytest.mark.parametrize("path", LISTS)
def test_SEC_A5_a_cursor_shows_nothing_of_a_lost_project(dataset: Dataset, path: str) -> None:
    manager = dataset.callers["manager"]
    for number in range(3):
        dataset.callers["source"].post("/v1/campaigns/cmp_1/leads", LEAD | {"phone": f"202-555-017{number}"})
        manager.post("/v1/blocks", {"phone": f"202-555-018{number}", "project_id": "prj_1"})
        manager.post("/v1/imports", {"kind": "block", "scope": "prj_1", "filename": "a.csv", "size": 9})
        manager.patch("/v1/campaigns/cmp_1", {"version": number + 1, "name": f"Web {number}"})
    cursor = manager.get(path).json["next"]
    rewrite_user("usr_manager", project_ids=("prj_2",))
    configuration.clear_cache()

    reply = manager.get(f"{path}&cursor={cursor}" if cursor else path)

    assert reply.status == LISTS[path]
    assert "prj_1" not in reply.text
    assert "cmp_1" not in reply.text


def test_SEC_A5_the_pages_of_a_sealed_day_end_with_the_role(dataset: Dataset) -> None:
    admin, path = dataset.callers["admin"], f"/v1/seals/{dataset.ids['day']}/entries?limit=1"
    assert admin.get(path).status == 200
    rewrite_user("usr_admin", role=Role.MANAGER, project_ids=("prj_1",))
    configuration.clear_cache()

    assert admin.get(path).status == 403


@pytest.mark.parametrize(
    ("ending", "status"),
    [
        ({"withdrawn": (Permission.PRIVACY_FORGET,)}, 403),
        ({"project_ids": ("prj_2",)}, 404),
        ({"role": Role.AUDITOR}, 403),
        ({"disabled": True}, 401),
    ],
)
def test_SEC_A5_a_confirmation_ends_with_the_right(
    dataset: Dataset, ending: dict[str, Any], status: int
) -> None:
    manager, path = dataset.callers["manager"], f"/v1/leads/{dataset.ids['lead_id']}/forget"
    token = manager.post(path, {"keep_out": False}).json["confirm"]
    rewrite_user("usr_manager", **ending)
    configuration.clear_cache()

    assert manager.post(path, {"keep_out": False, "confirm": token}).status == status
