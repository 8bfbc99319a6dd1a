"""Forgetting and legal holds (PRI-6, RET-19)."""

from chalicelib import clock
from chalicelib.contracts.base import ConfirmQuery
from chalicelib.contracts.forgetting import ForgetContact, ForgetLead, NewHold, Receipt, Receipts
from chalicelib.contracts.jobs import ContactProof, JobStarted
from chalicelib.contracts.retention import RetentionAnswer
from chalicelib.domain.access import Permission
from chalicelib.domain.times import parse_instant
from chalicelib.http.api import Also, Answer, Api
from chalicelib.http.call import Call
from chalicelib.usecases import forget_contact as contact
from chalicelib.usecases import forget_lead as lead
from chalicelib.usecases import hold_lead as holds

forgetting = Api(__name__)


@forgetting.route(
    "/v1/leads/{lead_id}/forget",
    methods=["POST"],
    permission=Permission.PRIVACY_FORGET,
    body=ForgetLead,
    answer=Receipt,
)
def forget_lead(call: Call[ForgetLead], lead_id: str) -> Receipt:
    """Erase a lead's person, now and for good.

    Confirmed first. With `keep_out` its contacts are blocked, without their numbers: for all projects if an admin
    asks, else for the projects of who asks.
    """
    return Receipt.of(lead.forget_lead(lead_id, call.body.keep_out, call.confirmation, call.actor, call.now))


@forgetting.route(
    "/v1/contacts/forget",
    methods=["POST"],
    permission=Permission.PRIVACY_FORGET,
    body=ForgetContact,
    answer=Receipts,
    also={202: Also("More than fifty leads: the job tells when their rows are gone.", JobStarted)},
)
def forget_contact(call: Call[ForgetContact]) -> Receipts | Answer:
    """Erase everything held on a contact, in every project you may see, now and for good.

    Confirmed first: the effect says how many leads, in which projects. `contact_proof` is for the person: with its
    nonce they can prove later that it was their contact, and nobody else can tell whose it was.
    """
    body, nonce = call.body, clock.new_secret().hex()
    done = contact.forget_contact(
        body.kind,
        body.value,
        body.keep_out,
        call.confirmation,
        call.actor,
        call.now,
        nonce,
    )
    proof = ContactProof(nonce=nonce, digests=list(done.digests)) if done.digests else None
    if done.job_id is not None:
        return Answer(202, JobStarted(job_id=done.job_id, contact_proof=proof))
    return Receipts(receipts=[Receipt.of(entry) for entry in done.receipts], contact_proof=proof)


@forgetting.route(
    "/v1/leads/{lead_id}/hold",
    methods=["PUT"],
    permission=Permission.PRIVACY_FORGET,
    body=NewHold,
    answer=RetentionAnswer,
)
def put_hold(call: Call[NewHold], lead_id: str) -> RetentionAnswer:
    """Keep a lead beyond its due for a stated ground, at most for a year.

    Only before its due. Past it only users with `privacy.search` read the person, and nobody works the lead.
    """
    until = parse_instant(call.body.until)
    return RetentionAnswer.of(
        holds.hold_lead(lead_id, call.body.ground, until, call.actor, call.now), call.now
    )


@forgetting.route(
    "/v1/leads/{lead_id}/hold",
    methods=["DELETE"],
    permission=Permission.PRIVACY_FORGET,
    query=ConfirmQuery,
    answer=RetentionAnswer,
)
def delete_hold(call: Call[None, ConfirmQuery], lead_id: str) -> RetentionAnswer:
    """End a legal hold.

    Confirmed first; a person past its due is erased at once.
    """
    return RetentionAnswer.of(holds.release_hold(lead_id, call.confirmation, call.actor, call.now), call.now)
