"""Helpers of the tests of the intake under faults."""

from chalicelib.blocks.domain import BlockRequest
from chalicelib.blocks.usecases.block_contact import block_contact
from chalicelib.leads.store import leads_rows
from tests.factories.leads import LEAD, MANAGER, NOW

# 15: the Do Not Call list cannot be read


def blocked() -> None:
    block_contact(MANAGER, BlockRequest("phone", LEAD["phone"], "prj_1", None, None), "req_block", NOW)


def table() -> str:
    return str(leads_rows.FactsRow._get_connection().table_name)
