"""Projects."""

from chalicelib import clock
from chalicelib.contracts.base import PageQuery
from chalicelib.contracts.projects import NewProject, ProjectAnswer, ProjectChange, ProjectPage
from chalicelib.domain.access import Permission
from chalicelib.http import cursors
from chalicelib.http.api import ANY_USER, Api
from chalicelib.http.call import Call
from chalicelib.usecases.change_project import change_project
from chalicelib.usecases.create_project import create_project
from chalicelib.usecases.read_projects import list_projects, read_project

projects = Api(__name__)
_ONE = "/v1/projects/{project_id}"


@projects.route(
    "/v1/projects",
    methods=["POST"],
    permission=Permission.PROJECTS_MANAGE,
    body=NewProject,
    answer=ProjectAnswer,
    status=201,
)
def post_project(call: Call[NewProject]) -> ProjectAnswer:
    """Add a project.

    For admins. A default retention or outcome rules with days are confirmed first (409, RET-12).
    """
    made = create_project(call.actor, clock.new_id("prj"), call.body.values(), call.confirmation, call.now)
    return ProjectAnswer.of(made)


@projects.route("/v1/projects", permission=ANY_USER, query=PageQuery, answer=ProjectPage)
def get_projects(call: Call[None, PageQuery]) -> ProjectPage:
    """List the projects you belong to."""
    found, following = list_projects(call.actor, call.query.limit, cursors.opened(call))
    return ProjectPage(items=[ProjectAnswer.of(one) for one in found], next=cursors.sealed(call, following))


@projects.route(_ONE, permission=ANY_USER, answer=ProjectAnswer)
def get_project(call: Call, project_id: str) -> ProjectAnswer:
    """Read a project you belong to."""
    return ProjectAnswer.of(read_project(call.actor, project_id, call.now))


@projects.route(
    _ONE,
    methods=["PATCH"],
    permission=Permission.PROJECTS_MANAGE,
    body=ProjectChange,
    answer=ProjectAnswer,
)
def patch_project(call: Call[ProjectChange], project_id: str) -> ProjectAnswer:
    """Change a project you belong to.

    Another default retention or outcome rule is confirmed first (409, RET-12); existing campaigns keep theirs.
    """
    changed = change_project(
        call.actor, project_id, call.body.version, call.body.values(), call.confirmation, call.now
    )
    return ProjectAnswer.of(changed)
