"""Many leads, each by itself (WRK-11, CAM-15)."""

import pytest

from chalicelib.core.errors import Conflict
from chalicelib.leads.domain.lead_work import BulkItemResult
from chalicelib.leads.store import leads
from chalicelib.leads.usecases.each_lead import each_lead
from tests.factories.rows import NOW, create_facts, write

pytestmark = pytest.mark.usefixtures("aws")


def test_an_error_of_one_lead_stops_no_other() -> None:
    write(*(leads.insert(create_facts(f"lead_{number}")) for number in (1, 2, 3)))
    changed = []

    def change(lead_id: str) -> None:
        if lead_id == "lead_2":
            raise Conflict("It cannot be changed.", "not_held")
        changed.append(lead_id)

    results = each_lead("prj_1", ["lead_3", "lead_2", "lead_1"], change, NOW)

    assert results == [
        BulkItemResult("lead_3"),
        BulkItemResult("lead_2", "not_held"),
        BulkItemResult("lead_1"),
    ]
    assert changed == ["lead_3", "lead_1"]


def test_foreign_and_unknown_leads_are_not_found() -> None:
    write(leads.insert(create_facts("lead_1", project_id="prj_2")))
    changed: list[str] = []

    results = each_lead("prj_1", ["lead_1", "lead_9"], changed.append, NOW)

    assert results == [BulkItemResult("lead_1", "not_found"), BulkItemResult("lead_9", "not_found")]
    assert changed == []


def test_any_other_error_is_raised() -> None:
    write(leads.insert(create_facts("lead_1")))

    def change(lead_id: str) -> None:
        raise ValueError(lead_id)

    with pytest.raises(ValueError, match="lead_1"):
        each_lead("prj_1", ["lead_1"], change, NOW)
