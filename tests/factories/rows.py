"""Example rows for the tests of the stores."""

from decimal import Decimal
from typing import Any

from chalicelib.aws.dynamodb import batch
from chalicelib.blocks.domain import Block
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.retention import Policy, Retention
from chalicelib.core.times import DAY_S
from chalicelib.leads.domain.leads import Facts, IntakeAnswer, Person, Status

NOW = 1_700_000_000
DUE = NOW + 10 * DAY_S
PERSON = Person({"first_name": "Ada", "phone": "+12025550147"}, refs=("ref_1",), windows=("ref_w",))


def create_facts(lead_id: str = "lead_1", **changes: Any) -> Facts:
    """Return the facts of an accepted lead with a deadline after ten days."""
    values: dict[str, Any] = {
        "lead_id": lead_id,
        "campaign_id": "cmp_1",
        "project_id": "prj_1",
        "status": Status.ACCEPTED,
        "received_at": NOW,
        "retention": Retention(NOW, Policy(10, 3), base_due_at=DUE),
        "source_kind": "credential",
        "source_id": "crd_1",
        "config_version": 1,
        "answer": IntakeAnswer(Status.ACCEPTED, price=Decimal("15.00"), currency="USD", due_at=DUE),
        "digest": "digest",
        "price": Decimal("15.00"),
    }
    return Facts(**values | changes)


def create_block_row(
    ref: str = "ref_1", scope: str = "prj_1", until: int | None = None, **changes: Any
) -> Block:
    """Return a block of an example contact."""
    values: dict[str, Any] = {"by_kind": "user", "by_id": "usr_1", "masked": "…47"}
    return Block(ref, scope, NOW, until, **values | changes)


def create_campaign_row(**changes: Any) -> Campaign:
    """Return a campaign with a retention of ten days."""
    values: dict[str, Any] = {"price": Decimal("15.00"), "retention": Policy(10, 3), "version": 1}
    settings = values | changes
    return Campaign(
        id="cmp_1", name="Web", project_id="prj_1", lead_type_id="lt_1", source="site", **settings
    )


_written = iter(range(1 << 62))


def write(*writes: batch.Write) -> None:
    """Make the writes in one transaction with a new token."""
    batch.write(writes, batch.token_of("test", next(_written)))
