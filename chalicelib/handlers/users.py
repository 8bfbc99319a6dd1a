"""Users."""

from chalicelib.contracts.base import PageQuery
from chalicelib.contracts.users import NewUser, UserChange, UserPage, UserResponse
from chalicelib.domain.access import Permission
from chalicelib.http import cursors
from chalicelib.http.api import Api
from chalicelib.http.call import ApiRequest
from chalicelib.usecases.change_user import change_user
from chalicelib.usecases.create_user import create_user
from chalicelib.usecases.disable_user import disable_user
from chalicelib.usecases.enable_user import enable_user
from chalicelib.usecases.read_users import list_users, read_user

users = Api(__name__)
_ONE = "/v1/users/{user_id}"
_MANAGE = Permission.USERS_MANAGE


@users.route("/v1/users", methods=["POST"], permission=_MANAGE, body=NewUser, answer=UserResponse, status=201)
def post_user(request: ApiRequest[NewUser]) -> UserResponse:
    """Invite a user.

    The user pool sends the invitation; a new user holds every permission of the role but what is withdrawn.
    """
    return UserResponse.of(create_user(request.actor, request.body.values(), request.now))


@users.route("/v1/users", permission=_MANAGE, query=PageQuery, answer=UserPage)
def get_users(request: ApiRequest[None, PageQuery]) -> UserPage:
    """List the users, disabled ones included."""
    found, following = list_users(request.actor, request.query.limit, cursors.decrypt(request))
    return UserPage(items=[UserResponse.of(one) for one in found], next=cursors.encrypt(request, following))


@users.route(_ONE, permission=_MANAGE, answer=UserResponse)
def get_user(request: ApiRequest, user_id: str) -> UserResponse:
    """Read a user."""
    return UserResponse.of(read_user(request.actor, user_id, request.now))


@users.route(_ONE, methods=["PATCH"], permission=_MANAGE, body=UserChange, answer=UserResponse)
def patch_user(request: ApiRequest[UserChange], user_id: str) -> UserResponse:
    """Change a user's name, role, projects, zone or withdrawn permissions.

    In force within ten seconds.
    """
    changed = change_user(request.actor, user_id, request.body.version, request.body.values(), request.now)
    return UserResponse.of(changed)


@users.route(f"{_ONE}/disable", methods=["POST"], permission=_MANAGE, answer=UserResponse)
def post_user_disable(request: ApiRequest, user_id: str) -> UserResponse:
    """Let a user sign in no more; in force within ten seconds."""
    return UserResponse.of(disable_user(request.actor, user_id, request.now))


@users.route(f"{_ONE}/enable", methods=["POST"], permission=_MANAGE, answer=UserResponse)
def post_user_enable(request: ApiRequest, user_id: str) -> UserResponse:
    """Let a disabled user sign in again."""
    return UserResponse.of(enable_user(request.actor, user_id, request.now))
