"""The routes of imports (PRI-18 … PRI-25)."""

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
    """Start an import and get the upload form for its file.

    In addition to `imports.manage` it needs the permission of its kind: `privacy.block` (block, unblock),
    `privacy.forget` (forget), `leads.assign` (leads). The form is valid for fifteen minutes.
    """
    body = request.body
    new_import = NewImportRequest(body.kind, body.scope, body.filename, body.size, body.keep_out)
    job, form = start_import(request.actor, new_import, clock.new_id("imp"), request.now)
    return ImportStarted(job_id=job.id, upload=UploadForm(url=form["url"], fields=form["fields"]))


@api.route("/v1/imports", permission=Permission.IMPORTS_MANAGE, query=PageQuery, answer=ImportPage)
def list_imports(request: ApiRequest[None, PageQuery]) -> ImportPage:
    """List the imports of your projects in the last week, newest first."""
    after = cursors.decrypt(request, change_import.ImportPosition)
    page = change_import.list_imports(request.actor, request.query.limit, after, request.now)
    return ImportPage(items=[Import.of(job) for job in page.items], next=cursors.encrypt(request, page.next))


@api.route(_ONE, permission=Permission.IMPORTS_MANAGE, answer=Import)
def get_import(request: ApiRequest, job_id: str) -> Import:
    """Read the progress of an import, the verdicts on its rows, and the link to its result.

    A forget import that has been counted shows its effect and the token that confirms it.
    """
    return _response(request, change_import.read_import(request.actor, job_id, request.now))


@api.route(f"{_ONE}/cancel", methods=["POST"], permission=Permission.IMPORTS_MANAGE, answer=Import)
def cancel_import(request: ApiRequest, job_id: str) -> Import:
    """Stop an import between two batches.

    The rows that are done stay done, and the result includes them.
    """
    return _response(request, change_import.cancel_import(request.actor, job_id, request.now))


@api.route(
    f"{_ONE}/confirm",
    methods=["POST"],
    permission=Permission.IMPORTS_MANAGE,
    body=ConfirmImport,
    answer=Import,
    status=202,
)
def confirm_import(request: ApiRequest[ConfirmImport], job_id: str) -> ApiResponse:
    """Confirm a forget import that has been counted, so that it runs.

    The token is bound to the number of leads that was shown.
    """
    job = change_import.confirm_import(request.actor, job_id, request.confirmation, request.now)
    return ApiResponse(202, _response(request, job))


def _response(request: ApiRequest[Any, Any], job: import_job.Import) -> Import:
    offered: dict[str, Any] = {}
    if job.state is ImportState.AWAITING_CONFIRMATION and request.actor.has(PERMISSIONS[job.kind]):
        offered = confirmation.offer(change_import.effect_of(job), request)
    return Import.of(job, result_url=change_import.result_link(request.actor, job, request.now), **offered)
