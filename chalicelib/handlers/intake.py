"""The door for leads (INT-6)."""

from chalicelib import clock
from chalicelib.contracts.intake import HTTP_STATUS, MEANINGFUL_STATUS, LeadAnswer
from chalicelib.http import bodies
from chalicelib.http.api import INTAKE, Answer, Api
from chalicelib.http.call import Call
from chalicelib.usecases.receive_lead import Receipt, Submission, receive_lead

intake = Api(__name__)


@intake.route(
    "/v1/campaigns/{campaign_id}/leads",
    methods=["POST"],
    permission=INTAKE,
    answer=LeadAnswer,
    status=201,
    also={
        200: "The lead is rejected or a duplicate; the body says which.",
        202: "The lead is held for quality control.",
        409: "A duplicate, where `Prefer: status-codes` asks for it.",
        422: "A rejected lead, where `Prefer: status-codes` asks for it, or fields that are not acceptable.",
    },
    accepts=(bodies.JSON, bodies.FORM),
)
def submit_lead(call: Call, campaign_id: str) -> Answer:
    """Post one lead to a campaign.

    A JSON object or a form of field values. With an `Idempotency-Key`, or an `external_id`, a retry is answered
    with the first verdict and never makes a second lead.
    """
    submission = Submission(
        campaign_id=campaign_id,
        values=bodies.parse_submission(call.raw_body, call.header("content-type") or ""),
        actor=call.caller,
        fresh_id=clock.new_id("lead"),
        idempotency_key=call.header("idempotency-key"),
        password=call.header("x-campaign-password"),
    )
    return _answer(receive_lead(submission, call.now), call)


def _answer(receipt: Receipt, call: Call) -> Answer:
    headers = {"Idempotent-Replay": "true"} if receipt.replayed else {}
    if receipt.facts is None:
        answer = LeadAnswer.turned_away(receipt.turned_away or "")
        return Answer(_status(answer, 200, call), answer, headers)
    if not receipt.facts.is_live(call.now):
        return Answer(200, LeadAnswer.erased(receipt.facts), headers)
    answer = LeadAnswer.of(receipt.facts)
    return Answer(_status(answer, HTTP_STATUS[answer.status], call), answer, headers)


def _status(answer: LeadAnswer, usual: int, call: Call) -> int:
    preferences = (call.header("prefer") or "").replace(" ", "").split(",")
    return MEANINGFUL_STATUS.get(answer.status, usual) if "status-codes" in preferences else usual
