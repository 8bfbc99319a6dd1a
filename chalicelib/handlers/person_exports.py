"""Exports for persons (PRI-33)."""

from chalicelib import clock
from chalicelib.contracts.blocks import ContactQuery
from chalicelib.contracts.jobs import JobStarted
from chalicelib.domain.access import Permission
from chalicelib.http.api import Api
from chalicelib.http.call import ApiRequest
from chalicelib.usecases import export_contact as use_case
from chalicelib.usecases.record_access import Access

person_exports = Api(__name__)


@person_exports.route(
    "/v1/contacts/export",
    methods=["POST"],
    permission=Permission.PRIVACY_EXPORT,
    body=ContactQuery,
    answer=JobStarted,
    status=202,
)
def export_contact(request: ApiRequest[ContactQuery]) -> JobStarted:
    """Export everything held on a phone number or e-mail address in your projects, for the person.

    A job writes it as JSON and as a page. `GET /v1/jobs/{job_id}` then hands the links to you alone, for a day at
    most, and no longer than every person in it is there. The search and each reading are recorded.
    """
    access = Access(request.actor, "export", request.request_id)
    job = use_case.export_contact(
        request.body.kind, request.body.value, access, clock.new_id("job"), request.now
    )
    return JobStarted(job_id=job.id)
