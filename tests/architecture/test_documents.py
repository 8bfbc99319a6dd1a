"""The pages describe everything that has a name, and nothing else."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from chalicelib.campaigns.domain.reasons import MESSAGES
from chalicelib.core.access import Permission
from chalicelib.http.router import route_specs
from chalicelib.routes import EVENT_FUNCTIONS, JOB_STEPS, ROUTES
from infra import reference
from tests.architecture import citations, names, pages

REFERENCE = "docs/reference.md"
PAGES = pytest.mark.parametrize("page", pages.PAGES, ids=pages.name_of)


def test_the_reference_matches_the_routes() -> None:
    import app

    created = reference.page(route_specs(app.app))

    assert pages.read(REFERENCE) == created, f"{REFERENCE} is out of date: make reference"
    assert [route for route in ROUTES if f"`{route}`" not in created] == []


def test_every_setting_is_described() -> None:
    assert_none(names.used_settings() - pages.described_names("docs/operations.md"), "docs/operations.md")


def test_every_metric_is_described() -> None:
    named = names.used_metrics()

    assert named
    assert_none(named - pages.described_names("docs/operations.md"), "docs/operations.md, Metrics")


def test_every_error_code_has_a_heading() -> None:
    named = names.used_codes()

    assert len(named) > 50
    assert_none(named - citations.definitions()["code"], "docs/rules: reasons, field codes, import codes")


def test_every_reason_has_a_heading_and_its_message() -> None:
    reasons = pages.read("docs/rules/reasons.md")

    assert_none(MESSAGES.keys() - citations.definitions()["code"], "docs/rules/reasons.md")
    assert_none({text for text in MESSAGES.values() if f"*{text}*" not in reasons}, "messages of reasons")


def test_every_described_code_exists() -> None:
    assert_none(
        citations.definitions()["code"] - names.all_strings() - names.used_codes(), "codes that do not exist"
    )


def test_every_quoted_message_is_the_codes() -> None:
    quoted = re.findall(r"\*([A-Z][^*]+\.)\*", pages.read("docs/rules/reasons.md"))

    assert len(quoted) > 20
    assert_none(
        set(quoted) - names.all_strings(), "messages that docs/rules/reasons.md quotes and the code lacks"
    )


def test_every_event_function_has_a_heading() -> None:
    assert_none(EVENT_FUNCTIONS.keys() - set(pages.headings("docs/events.md")), "docs/events.md")


def test_every_kind_of_job_is_described() -> None:
    assert_none(JOB_STEPS.keys() - pages.described_names("docs/events.md"), "docs/events.md, continue_jobs")


def test_every_permission_is_described() -> None:
    described = pages.described_names("docs/operations.md")

    assert_none({permission.value for permission in Permission} - described, "docs/operations.md")


def test_every_built_rule_has_a_test_or_a_page() -> None:
    built = {rule for rule in citations.definitions()["rule"] if not citations.is_planned(rule)}
    guides = [page for page in pages.PAGES if page.parent.name != "rules"]
    tests = (pages.ROOT / "tests").rglob("test_*.py")
    cited = {
        name
        for path in (*guides, *tests)
        for kind, name in citations.citations_in(path.read_text(encoding="utf-8"))
        if kind == "rule"
    }

    assert len(built) > 100
    assert_none(built - cited, "neither in a test nor on a page")


@PAGES
def test_every_link_works(page: Path) -> None:
    assert_none(pages.broken_links(page), "links that lead nowhere")


@PAGES
def test_every_named_command_exists(page: Path) -> None:
    commands = set(re.findall(r"^([a-z]+):", pages.read("Makefile"), re.MULTILINE))
    named = set(re.findall(r"`make ([a-z]+)", page.read_text(encoding="utf-8")))

    assert_none(named - commands, "commands the Makefile lacks")


@PAGES
def test_every_named_test_and_file_exists(page: Path) -> None:
    assert_none(citations.missing_tests(page) | citations.missing_paths(page), "tests and files")


@PAGES
def test_no_page_is_too_long(page: Path) -> None:
    assert len(page.read_text(encoding="utf-8").splitlines()) <= pages.MAX_LINES


def test_missing_links_tests_and_files_are_found(tmp_path: Path) -> None:
    page, other = (tmp_path / name for name in ("page" + ".md", "other"))
    text = (
        f"# A page\n[a](#a-page) [b](#b) [c]({other.name}) `test_row_1_nothing` `chalicelib/no.py` `app.py`\n"
        "`infra/no*.py` `infra/*.py`\n"
    )
    page.write_text(text, encoding="utf-8")

    assert pages.broken_links(page) == [f"{page.name}: #b", f"{page.name}: other"]
    assert citations.missing_tests(page) == {"test_row_1_nothing"}
    assert citations.missing_paths(page) == {"chalicelib/no.py", "infra/no*.py"}


def assert_none(missing: Iterable[str], where: str) -> None:
    """Fail with the list of missing names, one on each line."""
    listed = sorted(missing)
    assert not listed, "\n".join([where, *listed])
