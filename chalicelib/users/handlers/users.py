"""The routes of users."""

from chalicelib.core.access import Permission
from chalicelib.core.paging import LastKey
from chalicelib.http import cursors
from chalicelib.http.request import ApiRequest
from chalicelib.http.router import Api
from chalicelib.http.schemas.base import PageQuery
from chalicelib.users.schemas.users import AddressChange, NewUser, UserChange, UserPage, UserResponse
from chalicelib.users.usecases.change_address import change_address
from chalicelib.users.usecases.change_user import change_user
from chalicelib.users.usecases.create_user import create_user
from chalicelib.users.usecases.disable_user import disable_user
from chalicelib.users.usecases.enable_user import enable_user
from chalicelib.users.usecases.read_users import list_users, read_user
from chalicelib.users.usecases.remove_second_factor import remove_second_factor

api = Api(__name__)
_ONE = "/v1/users/{user_id}"
_MANAGE = Permission.USERS_MANAGE


@api.route("/v1/users", methods=["POST"], permission=_MANAGE, body=NewUser, answer=UserResponse, status=201)
def post_user(request: ApiRequest[NewUser]) -> UserResponse:
    """Invite a user.

    The user pool sends the invitation. A new user has all permissions of the role except the withdrawn ones.
    """
    return UserResponse.of(create_user(request.actor, request.body.values(), request.now))


@api.route("/v1/users", permission=_MANAGE, query=PageQuery, answer=UserPage)
def get_users(request: ApiRequest[None, PageQuery]) -> UserPage:
    """List the users, including disabled ones."""
    page = list_users(request.actor, request.query.limit, cursors.decrypt(request, LastKey))
    items = [UserResponse.of(user) for user in page.items]
    return UserPage(items=items, next=cursors.encrypt(request, page.next))


@api.route(_ONE, permission=_MANAGE, answer=UserResponse)
def get_user(request: ApiRequest, user_id: str) -> UserResponse:
    """Read a user."""
    return UserResponse.of(read_user(request.actor, user_id, request.now))


@api.route(_ONE, methods=["PATCH"], permission=_MANAGE, body=UserChange, answer=UserResponse)
def patch_user(request: ApiRequest[UserChange], user_id: str) -> UserResponse:
    """Change a user's name, role, projects, zone or withdrawn permissions.

    It takes effect within ten seconds.
    """
    changed = change_user(request.actor, user_id, request.body.version, request.body.values(), request.now)
    return UserResponse.of(changed)


@api.route(f"{_ONE}/disable", methods=["POST"], permission=_MANAGE, answer=UserResponse)
def post_user_disable(request: ApiRequest, user_id: str) -> UserResponse:
    """Disable a user, who can then no longer sign in. It takes effect within ten seconds."""
    return UserResponse.of(disable_user(request.actor, user_id, request.now))


@api.route(f"{_ONE}/enable", methods=["POST"], permission=_MANAGE, answer=UserResponse)
def post_user_enable(request: ApiRequest, user_id: str) -> UserResponse:
    """Enable a disabled user, who can then sign in again."""
    return UserResponse.of(enable_user(request.actor, user_id, request.now))


@api.route(f"{_ONE}/address", methods=["POST"], permission=_MANAGE, body=AddressChange, answer=UserResponse)
def post_user_address(request: ApiRequest[AddressChange], user_id: str) -> UserResponse:
    """Change the address with which a user signs in.

    It ends the user's sessions. A user cannot change the address in another way.
    """
    body = request.body
    return UserResponse.of(change_address(request.actor, user_id, body.version, body.email, request.now))


@api.route(f"{_ONE}/second-factor", methods=["DELETE"], permission=_MANAGE, answer=UserResponse)
def delete_user_second_factor(request: ApiRequest, user_id: str) -> UserResponse:
    """Remove a user's authenticator, for example after a telephone was lost.

    It ends the user's sessions. Where the organisation asks for a second factor, the next sign-in sets up a new one.
    """
    return UserResponse.of(remove_second_factor(request.actor, user_id, request.now))
