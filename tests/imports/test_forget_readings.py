"""A file to forget for all projects: a national number is meant as each project reads it (PRI-6, PRI-10)."""

from decimal import Decimal

import pytest

from chalicelib.blocks.store import blocks
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.access import ALL_PROJECTS
from chalicelib.core.retention import Policy
from chalicelib.imports.domain.import_job import Import, ImportKind, Layout
from chalicelib.imports.domain.rows import FileRow
from chalicelib.imports.domain.verdicts import RowResult
from chalicelib.imports.usecases.import_forgets import forget_rows, planned_forgets
from chalicelib.organisation.domain.configuration import Project
from chalicelib.organisation.usecases.contact_forms import contact_forms
from chalicelib.privacy.domain import forgetting
from chalicelib.privacy.usecases.carry_out_forgets import carry_out_forgets
from tests.factories.leads import NOW, create_lead, create_organisation, facts_of
from tests.harness.api import add_item

pytestmark = pytest.mark.usefixtures("aws")
NATIONAL = "2025550199"
AMERICAN, BRITISH, GERMAN = "+12025550199", "+442025550199", "+4930901820"
LEADS = {
    "us_american": ("cmp_1", AMERICAN),
    "us_british": ("cmp_1", BRITISH),
    "gb_american": ("cmp_gb", AMERICAN),
    "gb_british": ("cmp_gb", BRITISH),
    "gb_german": ("cmp_gb", GERMAN),
}
MEANT = {"us_american", "gb_british"}


@pytest.fixture(autouse=True)
def two_regions(aws: None) -> None:
    """The organisation and a project read US numbers, another project reads British ones."""
    create_organisation()
    add_item(Project(id="prj_gb", version=1, name="UK", region="GB"))
    add_item(
        Campaign(
            id="cmp_gb",
            version=1,
            name="Web",
            project_id="prj_gb",
            lead_type_id="lt_1",
            source="site",
            price=Decimal("15.00"),
            retention=Policy(10),
        )
    )
    for lead_id, (campaign_id, phone) in LEADS.items():
        create_lead(lead_id, NOW - 10, campaign_id, values={"phone": phone})


def forget_file(*cells: str, scope: str = ALL_PROJECTS, keep_out: bool = False) -> RowResult:
    """Forget a file of one row, and return its result."""
    header = ("phone", "mobile")[: len(cells)]
    job = Import(
        "imp_1", ImportKind.FORGET, scope=scope, project=scope, by_kind="user", by_id="usr_admin", created_at=NOW,
        keep_out=keep_out, confirmed_by="token", layout=Layout(",", header, packed=False, bytes=1, lines=1),
    )  # fmt: skip
    rows = [FileRow(1, 13, 2, cells)]
    planned = {row.line: row for row in planned_forgets(job, rows, NOW)}
    (result,) = forget_rows(job, rows, planned, lambda: NOW)
    carry_out_forgets(lambda: NOW + 61, lambda: True)
    return result


def erased() -> set[str]:
    return {lead_id for lead_id in LEADS if facts_of(lead_id, NOW + 61).erased_at is not None}


def blocked() -> set[tuple[str, str]]:
    """Return each number and scope that is blocked."""
    places = [
        (number, scope, contact_forms(NOW).refs("phone", number).write)
        for number in (AMERICAN, BRITISH)
        for scope in ("prj_1", "prj_gb", ALL_PROJECTS)
    ]
    return {(number, scope) for number, scope, ref in places if blocks.get(ref, scope, NOW)}


@pytest.mark.parametrize("inline", [forgetting.INLINE, 1])
def test_PRI_6_a_file_for_all_projects_means_a_number_as_each_reads_it(
    inline: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "INLINE", inline)
    result = forget_file(NATIONAL)
    assert (result.verdict, result.detail, result.contacts) == ("forgotten", "2", "2")
    assert erased() == MEANT


def test_PRI_6_a_full_number_in_a_file_is_meant_in_all_projects() -> None:
    assert forget_file(AMERICAN).contacts == "1"
    assert erased() == {"us_american", "gb_american"}


def test_PRI_6_a_number_in_a_file_that_only_one_project_can_read_is_meant_in_all() -> None:
    add_item(Project(id="prj_de", version=1, name="DE", region="DE"))
    assert forget_file("030 901820").verdict == "forgotten"
    assert erased() == {"gb_german"}


def test_PRI_6_each_contact_of_a_row_is_meant_as_it_is_read() -> None:
    forget_file(NATIONAL, GERMAN)
    assert erased() == MEANT | {"gb_german"}


def test_PRI_6_a_file_for_one_project_is_read_by_its_region() -> None:
    forget_file(NATIONAL, scope="prj_gb")
    assert erased() == {"gb_british"}


def test_PRI_21_a_row_that_no_project_can_read_is_invalid() -> None:
    assert forget_file("12").verdict == "invalid"
    assert erased() == set()


def test_PRI_10_a_file_for_all_projects_keeps_each_reading_out_where_it_is_read() -> None:
    forget_file(NATIONAL, keep_out=True)
    assert blocked() == {(AMERICAN, ALL_PROJECTS), (BRITISH, "prj_gb")}
