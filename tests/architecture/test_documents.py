"""The pages describe everything that has a name, and nothing that is not there."""

import re
from collections.abc import Iterable, Iterator

import pytest

from chalicelib.campaigns.domain.reasons import MESSAGES
from chalicelib.core.access import Permission
from chalicelib.http.router import ANY_USER, INTAKE, PUBLIC, SOURCE, Audience, Requirement, route_specs
from chalicelib.routes import EVENT_FUNCTIONS
from tests.architecture import documents
from tests.harness.api import named

RULES = {
    "ACC": range(1, 11),
    "INT": range(1, 18),
    "RET": range(1, 20),
    "PRI": range(1, 35),
    "WRK": range(1, 17),
    "CAM": range(1, 26),
}
SAID: dict[Requirement, str] = {
    PUBLIC: "anyone",
    ANY_USER: "user",
    INTAKE: "leads.assign",
    SOURCE: "campaigns.manage",
}
INSIDE = {"error", "seal_invalid", "wrong_key"}  # never leave over HTTP; said below the table


def test_every_route_stands_in_the_api_page_with_its_permission() -> None:
    table = documents.routes_described()
    declared = dict(_declared())

    missing = sorted(declared.keys() - table.keys())
    wrong = {
        route: table[route]
        for route in declared.keys() & table.keys()
        if not all(word in table[route] for word in declared[route])
    }

    assert_none(missing, "docs/api.md, Routes")
    assert_none(map(str, wrong.items()), "docs/api.md, Routes: another permission is declared")


def test_no_route_is_described_that_is_not_there() -> None:
    assert_none(
        documents.routes_described().keys() - dict(_declared()).keys(), "docs/api.md, Routes: too many"
    )


def test_every_setting_is_described() -> None:
    assert_none(
        documents.settings_named() - documents.described_names("docs/operations.md"), "docs/operations.md"
    )


def test_every_metric_is_described() -> None:
    named = documents.metrics_named()

    assert named
    assert_none(named - documents.described_names("docs/operations.md"), "docs/operations.md, Metrics")


def test_every_error_code_is_described() -> None:
    named = documents.codes_named()

    assert len(named) > 50
    assert_none(named - INSIDE - documents.described_names("docs/api.md"), "docs/api.md, Errors")


def test_every_reason_is_described() -> None:
    assert_none(MESSAGES.keys() - documents.described_names("docs/api.md"), "docs/api.md, Reasons")


def test_every_event_function_has_a_heading() -> None:
    headings = re.findall(
        r"^## (\w+)$", (documents.ROOT / "docs/events.md").read_text(encoding="utf-8"), re.MULTILINE
    )

    assert_none(EVENT_FUNCTIONS.keys() - set(headings), "docs/events.md")


def test_every_permission_is_described() -> None:
    assert (
        sorted(
            {permission.value for permission in Permission} - documents.described_names("docs/operations.md")
        )
        == []
    )


@pytest.mark.parametrize("kind", RULES)
def test_every_rule_of_what_is_built_is_named_on_a_page_or_proven_by_a_test(kind: str) -> None:
    pages = "\n".join(page.read_text(encoding="utf-8") for page in documents.PAGES)
    tests = "\n".join(
        path.read_text(encoding="utf-8") for path in (documents.ROOT / "tests").rglob("test_*.py")
    )

    unsaid = [
        f"{kind}-{number}"
        for number in RULES[kind]
        if not re.search(rf"{kind}-{number}\b", pages)
        and not re.search(rf"def test_\w*{kind}_{number}_", tests)
    ]

    assert_none(unsaid, "neither on a page nor in the name of a test")


def test_every_link_leads_somewhere() -> None:
    assert_none(documents.broken_links(), "links that lead nowhere")


def test_every_command_that_is_named_exists() -> None:
    commands = set(
        re.findall(r"^([a-z]+):", (documents.ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    )
    named = {
        name
        for page in documents.PAGES
        for name in re.findall(r"`make ([a-z]+)", page.read_text(encoding="utf-8"))
    }

    assert_none(named - commands, "commands the Makefile lacks")


def assert_none(missing: Iterable[str], where: str) -> None:
    """Fail with the whole list of what is missing, one a line."""
    listed = sorted(missing)
    assert not listed, "\n".join([where, *listed])


def _declared() -> Iterator[tuple[str, list[str]]]:
    import app

    for route in route_specs(app.app):
        yield f"{route.method} {route.path}", _said(route.permission)


def _said(guard: Requirement) -> list[str]:
    return [SAID[guard]] if isinstance(guard, Audience) else [f"`{one.value}`" for one in named(guard)]
