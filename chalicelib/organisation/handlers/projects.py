"""The routes of projects."""

from chalicelib import clock
from chalicelib.core.access import Permission
from chalicelib.core.paging import LastKey
from chalicelib.http import cursors
from chalicelib.http.request import ApiRequest
from chalicelib.http.router import ANY_USER, Api
from chalicelib.http.schemas.base import PageQuery
from chalicelib.organisation.schemas.projects import NewProject, ProjectChange, ProjectPage, ProjectResponse
from chalicelib.organisation.usecases.change_project import change_project
from chalicelib.organisation.usecases.create_project import create_project
from chalicelib.organisation.usecases.read_projects import list_projects, read_project

api = Api(__name__)
_ONE = "/v1/projects/{project_id}"


@api.route(
    "/v1/projects",
    methods=["POST"],
    permission=Permission.PROJECTS_MANAGE,
    body=NewProject,
    answer=ProjectResponse,
    status=201,
)
def post_project(request: ApiRequest[NewProject]) -> ProjectResponse:
    """Add a project.

    Only for admins. A default retention, or outcome rules with days, need a confirmation first (409, RET-12).
    """
    project = create_project(
        request.actor, clock.new_id("prj"), request.body.values(), request.confirmation, request.now
    )
    return ProjectResponse.of(project)


@api.route("/v1/projects", permission=ANY_USER, query=PageQuery, answer=ProjectPage)
def get_projects(request: ApiRequest[None, PageQuery]) -> ProjectPage:
    """List your projects."""
    page = list_projects(request.actor, request.query.limit, cursors.decrypt(request, LastKey))
    items = [ProjectResponse.of(project) for project in page.items]
    return ProjectPage(items=items, next=cursors.encrypt(request, page.next))


@api.route(_ONE, permission=ANY_USER, answer=ProjectResponse)
def get_project(request: ApiRequest, project_id: str) -> ProjectResponse:
    """Read one of your projects."""
    return ProjectResponse.of(read_project(request.actor, project_id, request.now))


@api.route(
    _ONE,
    methods=["PATCH"],
    permission=Permission.PROJECTS_MANAGE,
    body=ProjectChange,
    answer=ProjectResponse,
)
def patch_project(request: ApiRequest[ProjectChange], project_id: str) -> ProjectResponse:
    """Change one of your projects.

    Another default retention, outcome rule, period of inactivity or other working hours need a confirmation first
    (409, RET-12). Existing campaigns keep their retention.
    """
    changed = change_project(
        request.actor,
        project_id,
        request.body.version,
        request.body.values(),
        request.confirmation,
        request.now,
    )
    return ProjectResponse.of(changed)
