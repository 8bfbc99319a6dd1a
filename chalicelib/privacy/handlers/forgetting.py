"""The routes that forget persons and place or release legal holds (PRI-6, RET-19)."""

from chalicelib import clock
from chalicelib.core.access import Permission
from chalicelib.core.times import read_moment
from chalicelib.http.request import ApiRequest
from chalicelib.http.router import AlternateResponse, Api, ApiResponse
from chalicelib.http.schemas.base import ConfirmQuery
from chalicelib.jobs.schemas import ContactProof, JobStarted
from chalicelib.leads.schemas.retention import RetentionResponse
from chalicelib.ledger.domain.entries import Access
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
    """Erase a lead's person immediately. This cannot be undone.

    It needs a confirmation. With `keep_out` its contacts are blocked without their numbers: for all projects if an
    admin asks, else for the user's projects.
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
        202: AlternateResponse(
            "There are more than fifty leads: the job is done when their rows are removed.", JobStarted
        )
    },
)
def forget_contact(request: ApiRequest[ForgetContact]) -> ForgetResult | ApiResponse:
    """Erase all data about a contact in your projects immediately. This cannot be undone.

    It needs a confirmation: the effect has the number of leads and their projects. `contact_proof` is for the person.
    With its nonce the person can prove later that it was their contact. Without the nonce it shows nothing.
    """
    body, nonce = request.body, clock.new_secret().hex()
    result = contact.forget_contact(
        Access(request.actor, "forget", request.request_id),
        body.kind,
        body.value,
        body.keep_out,
        request.confirmation,
        request.now,
        nonce=nonce,
        request_id=request.request_id,
    )
    proof = ContactProof(nonce=nonce, digests=list(result.digests)) if result.digests else None
    if result.job_id is not None:
        return ApiResponse(202, JobStarted(job_id=result.job_id, contact_proof=proof))
    return ForgetResult(receipts=[ErasureReceipt.of(entry) for entry in result.receipts], contact_proof=proof)


@api.route(
    "/v1/leads/{lead_id}/hold",
    methods=["PUT"],
    permission=Permission.PRIVACY_FORGET,
    body=NewLegalHold,
    answer=RetentionResponse,
)
def put_hold(request: ApiRequest[NewLegalHold], lead_id: str) -> RetentionResponse:
    """Place a legal hold: keep a lead beyond its deadline for a stated ground, at most for a year.

    This is possible only before its deadline. After it only users with `privacy.search` read the person, and the lead
    cannot be worked.
    """
    until = read_moment(request.body.until)
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
    """Release a legal hold.

    It needs a confirmation. After the deadline the person is erased immediately.
    """
    return RetentionResponse.of(
        holds.release_legal_hold(request.actor, lead_id, request.confirmation, request.now), request.now
    )
