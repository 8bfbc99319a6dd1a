"""Imports, as a user starts and follows them (PRI-18 … PRI-25)."""

from typing import Any

from chalicelib import clock
from chalicelib.contracts.base import PageQuery
from chalicelib.contracts.imports import (
    ConfirmImport,
    Import,
    ImportPage,
    ImportStarted,
    NewImport,
    UploadForm,
)
from chalicelib.domain.access import Permission
from chalicelib.domain.imports import job as domain
from chalicelib.domain.imports.job import PERMISSIONS, ImportState
from chalicelib.http import confirmation, cursors
from chalicelib.http.api import Api, ApiResponse
from chalicelib.http.call import ApiRequest
from chalicelib.usecases import change_import
from chalicelib.usecases.start_import import NewImportRequest, start_import

imports = Api(__name__)
_ONE = "/v1/imports/{job_id}"


@imports.route(
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
    job, form = start_import(wanted, request.actor, clock.new_id("imp"), request.now)
    return ImportStarted(job_id=job.id, upload=UploadForm(url=form["url"], fields=form["fields"]))


@imports.route("/v1/imports", permission=Permission.IMPORTS_MANAGE, query=PageQuery, answer=ImportPage)
def list_imports(request: ApiRequest[None, PageQuery]) -> ImportPage:
    """List the imports of your projects, newest first, for a week."""
    position = cursors.decrypt(request)
    after = None if position is None else str(position["after"])
    found, following = change_import.list_imports(request.actor, request.query.limit, after, request.now)
    cursor = cursors.encrypt(request, None if following is None else {"after": following})
    return ImportPage(items=[Import.of(job) for job in found], next=cursor)


@imports.route(_ONE, permission=Permission.IMPORTS_MANAGE, answer=Import)
def get_import(request: ApiRequest, job_id: str) -> Import:
    """Read how far an import is, what came of its rows, and where its result is.

    A forget import that has been counted shows its effect, and the token that confirms it.
    """
    return _shown(request, change_import.read_import(job_id, request.actor, request.now))


@imports.route(f"{_ONE}/cancel", methods=["POST"], permission=Permission.IMPORTS_MANAGE, answer=Import)
def cancel_import(request: ApiRequest, job_id: str) -> Import:
    """Stop an import between two batches.

    What was done stays done and stands in the result.
    """
    return _shown(request, change_import.cancel_import(job_id, request.actor, request.now))


@imports.route(
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
    job = change_import.confirm_import(job_id, request.confirmation, request.actor, request.now)
    return ApiResponse(202, _shown(request, job))


def _shown(request: ApiRequest[Any, Any], job: domain.Import) -> Import:
    offered: dict[str, Any] = {}
    if job.state is ImportState.AWAITING_CONFIRMATION and request.actor.has(PERMISSIONS[job.kind]):
        offered = confirmation.offer(change_import.effect_of(job), request)
    return Import.of(job, result_url=change_import.result_link(job, request.now), **offered)
