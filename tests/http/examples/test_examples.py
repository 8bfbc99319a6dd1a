"""Every example of the document is sent to the API, which answers as the example says (USE-U4)."""

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.http import bodies, examples
from tests.harness.api import ApiHarness
from tests.http.examples import (
    audit,
    blocks,
    campaigns,
    http,
    imports,
    intake,
    jobs,
    leads,
    organisation,
    privacy,
    reports,
    users,
    work,
)
from tests.http.examples.example_run import ExampleRun, start_run

SCENARIOS: dict[str, Callable[[ExampleRun], None]] = {
    "audit": audit.play,
    "blocks": blocks.play,
    "campaigns": campaigns.play,
    "http": http.play,
    "imports": imports.play,
    "intake": intake.play,
    "jobs": jobs.play,
    "leads": leads.play,
    "organisation": organisation.play,
    "privacy": privacy.play,
    "reports": reports.play,
    "users": users.play,
    "work": work.play,
}
FORMS = [
    (area, media_type)
    for area in SCENARIOS
    for media_type in (bodies.JSON, bodies.FORM)
    if media_type == bodies.JSON
    or any(media_type in each.media_types for shown in examples.read_area(area).values() for each in shown)
]


@pytest.mark.parametrize(("area", "media_type"), FORMS)
def test_USE_U4_every_example_is_answered_as_it_says(
    api: ApiHarness, pool: Any, monkeypatch: pytest.MonkeyPatch, area: str, media_type: str
) -> None:
    run = start_run(api, area, monkeypatch, media_type)

    SCENARIOS[area](run)

    run.finish()
    written = {
        (operation, each.name) for operation, shown in examples.read_area(area).items() for each in shown
    }
    assert written - run.sent == set(), f"tests/http/examples/{area}.py sends no such examples"
