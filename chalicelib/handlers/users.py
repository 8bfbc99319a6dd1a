"""Users."""

from chalicelib.contracts.base import PageQuery
from chalicelib.contracts.users import NewUser, UserAnswer, UserChange, UserPage
from chalicelib.domain.access import Permission
from chalicelib.http import cursors
from chalicelib.http.api import Api
from chalicelib.http.call import Call
from chalicelib.usecases.change_user import change_user
from chalicelib.usecases.create_user import create_user
from chalicelib.usecases.disable_user import disable_user
from chalicelib.usecases.enable_user import enable_user
from chalicelib.usecases.read_users import list_users, read_user

users = Api(__name__)
_ONE = "/v1/users/{user_id}"
_MANAGE = Permission.USERS_MANAGE


@users.route("/v1/users", methods=["POST"], permission=_MANAGE, body=NewUser, answer=UserAnswer, status=201)
def post_user(call: Call[NewUser]) -> UserAnswer:
    """Invite a user.

    The user pool sends the invitation; a new user holds every permission of the role but what is withdrawn.
    """
    return UserAnswer.of(create_user(call.actor, call.body.values(), call.now))


@users.route("/v1/users", permission=_MANAGE, query=PageQuery, answer=UserPage)
def get_users(call: Call[None, PageQuery]) -> UserPage:
    """List the users, disabled ones included."""
    found, following = list_users(call.actor, call.query.limit, cursors.opened(call))
    return UserPage(items=[UserAnswer.of(one) for one in found], next=cursors.sealed(call, following))


@users.route(_ONE, permission=_MANAGE, answer=UserAnswer)
def get_user(call: Call, user_id: str) -> UserAnswer:
    """Read a user."""
    return UserAnswer.of(read_user(call.actor, user_id, call.now))


@users.route(_ONE, methods=["PATCH"], permission=_MANAGE, body=UserChange, answer=UserAnswer)
def patch_user(call: Call[UserChange], user_id: str) -> UserAnswer:
    """Change a user's name, role, projects, zone or withdrawn permissions.

    In force within ten seconds.
    """
    changed = change_user(call.actor, user_id, call.body.version, call.body.values(), call.now)
    return UserAnswer.of(changed)


@users.route(f"{_ONE}/disable", methods=["POST"], permission=_MANAGE, answer=UserAnswer)
def post_user_disable(call: Call, user_id: str) -> UserAnswer:
    """Let a user sign in no more; in force within ten seconds."""
    return UserAnswer.of(disable_user(call.actor, user_id, call.now))


@users.route(f"{_ONE}/enable", methods=["POST"], permission=_MANAGE, answer=UserAnswer)
def post_user_enable(call: Call, user_id: str) -> UserAnswer:
    """Let a disabled user sign in again."""
    return UserAnswer.of(enable_user(call.actor, user_id, call.now))
