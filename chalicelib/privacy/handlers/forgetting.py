"""Forgetting and legal holds (PRI-6, RET-19)."""

from chalicelib import clock
from chalicelib.core.access import Permission
from chalicelib.core.times import parse_instant
from chalicelib.http.request import ApiRequest
from chalicelib.http.router import AlternateResponse, Api, ApiResponse
from chalicelib.http.schemas.base import ConfirmQuery
from chalicelib.jobs.schemas import ContactProof, JobStarted
from chalicelib.leads.schemas.retention import RetentionResponse
from chalicelib.privacy.schemas.forgetting import (
    ErasureReceipt,
    ForgetContact,
    ForgetLead,
    ForgetResult,
    NewLegalHold,
)
from chalicelib.privacy.usecases import forget_contact as contact
from chalicelib.privacy.usecases import forget_lead as lead
from chalicelib.privacy.usecases import place_legal_hold as holds

api = Api(__name__)


@api.route(
    "/v1/leads/{lead_id}/forget",
    methods=["POST"],
    permission=Permission.PRIVACY_FORGET,
    body=ForgetLead,
    answer=ErasureReceipt,
)
def forget_lead(request: ApiRequest[ForgetLead], lead_id: str) -> ErasureReceipt:
    """Erase a lead's person, now and for good.

    Confirmed first. With `keep_out` its contacts are blocked, without their numbers: for all projects if an admin
    asks, else for the projects of who asks.
    """
    return ErasureReceipt.of(
        lead.forget_lead(request.actor, lead_id, request.body.keep_out, request.confirmation, request.now)
    )


@api.route(
    "/v1/contacts/forget",
    methods=["POST"],
    permission=Permission.PRIVACY_FORGET,
    body=ForgetContact,
    answer=ForgetResult,
    also={
        202: AlternateResponse("More than fifty leads: the job tells when their rows are gone.", JobStarted)
    },
)
def forget_contact(request: ApiRequest[ForgetContact]) -> ForgetResult | ApiResponse:
    """Erase everything held on a contact, in every project you may see, now and for good.

    Confirmed first: the effect says how many leads, in which projects. `contact_proof` is for the person: with its
    nonce they can prove later that it was their contact, and nobody else can tell whose it was.
    """
    body, nonce = request.body, clock.new_secret().hex()
    done = contact.forget_contact(
        request.actor,
        body.kind,
        body.value,
        body.keep_out,
        request.confirmation,
        request.now,
        nonce=nonce,
    )
    proof = ContactProof(nonce=nonce, digests=list(done.digests)) if done.digests else None
    if done.job_id is not None:
        return ApiResponse(202, JobStarted(job_id=done.job_id, contact_proof=proof))
    return ForgetResult(receipts=[ErasureReceipt.of(entry) for entry in done.receipts], contact_proof=proof)


@api.route(
    "/v1/leads/{lead_id}/hold",
    methods=["PUT"],
    permission=Permission.PRIVACY_FORGET,
    body=NewLegalHold,
    answer=RetentionResponse,
)
def put_hold(request: ApiRequest[NewLegalHold], lead_id: str) -> RetentionResponse:
    """Keep a lead beyond its due for a stated ground, at most for a year.

    Only before its due. Past it only users with `privacy.search` read the person, and nobody works the lead.
    """
    until = parse_instant(request.body.until)
    return RetentionResponse.of(
        holds.place_legal_hold(request.actor, lead_id, request.body.ground, until, request.now), request.now
    )


@api.route(
    "/v1/leads/{lead_id}/hold",
    methods=["DELETE"],
    permission=Permission.PRIVACY_FORGET,
    query=ConfirmQuery,
    answer=RetentionResponse,
)
def delete_hold(request: ApiRequest[None, ConfirmQuery], lead_id: str) -> RetentionResponse:
    """End a legal hold.

    Confirmed first; a person past its due is erased at once.
    """
    return RetentionResponse.of(
        holds.release_legal_hold(request.actor, lead_id, request.confirmation, request.now), request.now
    )
