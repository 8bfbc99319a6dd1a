"""The route that exports a person's data (PRI-33)."""

from chalicelib import clock
from chalicelib.blocks.schemas import ContactQuery
from chalicelib.core.access import Permission
from chalicelib.http.request import ApiRequest
from chalicelib.http.router import Api
from chalicelib.jobs.schemas import JobStarted
from chalicelib.ledger.domain.entries import Access
from chalicelib.privacy.usecases import export_contact as use_case

api = Api(__name__)


@api.route(
    "/v1/contacts/export",
    methods=["POST"],
    permission=Permission.PRIVACY_EXPORT,
    body=ContactQuery,
    answer=JobStarted,
    status=202,
)
def export_contact(request: ApiRequest[ContactQuery]) -> JobStarted:
    """Export all data about a phone number or e-mail address in your projects, for the person.

    A job writes it as JSON and as a page. `GET /v1/jobs/{job_id}` then gives the links only to you, for at most a day,
    and only while all persons in it are live. The search and each access are recorded.
    """
    access = Access(request.actor, "export", request.request_id)
    job = use_case.export_contact(
        access, request.body.kind, request.body.value, clock.new_id("job"), request.now
    )
    return JobStarted(job_id=job.id)
