"""The retention of one lead (RET-10)."""

from chalicelib.contracts.retention import RetentionAnswer, RetentionChange
from chalicelib.domain.access import Permission
from chalicelib.http.api import Api
from chalicelib.http.call import Call
from chalicelib.usecases.set_retention import set_retention

retention = Api(__name__)


@retention.route(
    "/v1/leads/{lead_id}/retention",
    methods=["PUT"],
    permission=Permission.RETENTION_MANAGE,
    body=RetentionChange,
    answer=RetentionAnswer,
)
def put_retention(call: Call[RetentionChange], lead_id: str) -> RetentionAnswer:
    """Set, move or take away the retention of one lead.

    Only before its initial deadline (409 `deadline_passed`), and confirmed first: the first call answers 409 with
    the effect and a token.
    """
    facts = set_retention(lead_id, call.body.to_domain(), call.confirmation, call.actor, call.now)
    return RetentionAnswer.of(facts, call.now)
