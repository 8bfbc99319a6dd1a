"""Imports, as a user starts and follows them (PRI-18 … PRI-25)."""

from typing import Any

from chalicelib import clock
from chalicelib.core.access import Permission
from chalicelib.http import confirmation, cursors
from chalicelib.http.request import ApiRequest
from chalicelib.http.router import Api, ApiResponse
from chalicelib.http.schemas.base import PageQuery
from chalicelib.imports.domain import import_job
from chalicelib.imports.domain.import_job import PERMISSIONS, ImportState
from chalicelib.imports.schemas import ConfirmImport, Import, ImportPage, ImportStarted, NewImport, UploadForm
from chalicelib.imports.usecases import change_import
from chalicelib.imports.usecases.start_import import NewImportRequest, start_import

api = Api(__name__)
_ONE = "/v1/imports/{job_id}"


@api.route(
    "/v1/imports",
    methods=["POST"],
    permission=Permission.IMPORTS_MANAGE,
    body=NewImport,
    answer=ImportStarted,
    status=201,
)
def create_import(request: ApiRequest[NewImport]) -> ImportStarted:
    """Start an import and get the form for its file.

    Needs besides `imports.manage` the permission of its kind: `privacy.block` (block, unblock), `privacy.forget`
    (forget), `leads.assign` (leads). The form is good for fifteen minutes.
    """
    body = request.body
    wanted = NewImportRequest(body.kind, body.scope, body.filename, body.size, body.keep_out)
    job, form = start_import(request.actor, wanted, clock.new_id("imp"), request.now)
    return ImportStarted(job_id=job.id, upload=UploadForm(url=form["url"], fields=form["fields"]))


@api.route("/v1/imports", permission=Permission.IMPORTS_MANAGE, query=PageQuery, answer=ImportPage)
def list_imports(request: ApiRequest[None, PageQuery]) -> ImportPage:
    """List the imports of your projects, newest first, for a week."""
    after = cursors.decrypt(request, change_import.ImportPosition)
    page = change_import.list_imports(request.actor, request.query.limit, after, request.now)
    return ImportPage(items=[Import.of(job) for job in page.items], next=cursors.encrypt(request, page.next))


@api.route(_ONE, permission=Permission.IMPORTS_MANAGE, answer=Import)
def get_import(request: ApiRequest, job_id: str) -> Import:
    """Read how far an import is, what came of its rows, and where its result is.

    A forget import that has been counted shows its effect, and the token that confirms it.
    """
    return _shown(request, change_import.read_import(request.actor, job_id, request.now))


@api.route(f"{_ONE}/cancel", methods=["POST"], permission=Permission.IMPORTS_MANAGE, answer=Import)
def cancel_import(request: ApiRequest, job_id: str) -> Import:
    """Stop an import between two batches.

    What was done stays done and stands in the result.
    """
    return _shown(request, change_import.cancel_import(request.actor, job_id, request.now))


@api.route(
    f"{_ONE}/confirm",
    methods=["POST"],
    permission=Permission.IMPORTS_MANAGE,
    body=ConfirmImport,
    answer=Import,
    status=202,
)
def confirm_import(request: ApiRequest[ConfirmImport], job_id: str) -> ApiResponse:
    """Let a counted forget import run.

    The token is bound to the number that was shown.
    """
    job = change_import.confirm_import(request.actor, job_id, request.confirmation, request.now)
    return ApiResponse(202, _shown(request, job))


def _shown(request: ApiRequest[Any, Any], job: import_job.Import) -> Import:
    offered: dict[str, Any] = {}
    if job.state is ImportState.AWAITING_CONFIRMATION and request.actor.has(PERMISSIONS[job.kind]):
        offered = confirmation.offer(change_import.effect_of(job), request)
    return Import.of(job, result_url=change_import.result_link(job, request.now), **offered)
