"""The user who asks."""

from chalicelib.http.request import ApiRequest
from chalicelib.http.router import ANY_USER, Api
from chalicelib.users.schemas.me import Me
from chalicelib.users.usecases.read_me import read_me

api = Api(__name__)


@api.route("/v1/me", permission=ANY_USER, answer=Me)
def get_me(request: ApiRequest) -> Me:
    """Tell who you are, what you may do and which projects you belong to."""
    return Me.of(*read_me(request.actor, request.now))
