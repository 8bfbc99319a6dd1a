"""Helpers of the tests of the intake under faults."""

from chalicelib.blocks.domain import BlockRequest
from chalicelib.blocks.usecases.block_contact import block_contact
from tests.factories.leads import LEAD, MANAGER, NOW


def block_phone() -> None:
    """Block the phone number of the example lead."""
    block_contact(MANAGER, BlockRequest("phone", LEAD["phone"], "prj_1", None, None), "req_block", NOW)
