"""Reads a posted lead from a request: the intake and its dry run read alike (INT-6, CAM-18)."""

from chalicelib import clock
from chalicelib.http import bodies
from chalicelib.http.request import ApiRequest
from chalicelib.intake.usecases.evaluate_lead import Submission


def submission_of(
    request: ApiRequest, campaign_id: str, idempotency_key: str | None, password: str | None
) -> Submission:
    """Return what was posted to a campaign, and by whom. Raise Malformed or Invalid for a body that cannot be read."""
    content_type = request.header("content-type") or ""
    return Submission(
        campaign_id=campaign_id,
        values=bodies.parse_body(request.raw_body, content_type),
        actor=request.caller,
        fresh_id=clock.new_id("lead"),
        idempotency_key=idempotency_key,
        password=password,
        form=bodies.media_type(content_type) == bodies.FORM,
    )
