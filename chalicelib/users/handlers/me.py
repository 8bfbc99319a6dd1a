"""The route of the current user."""

from chalicelib.http.request import ApiRequest
from chalicelib.http.router import ANY_USER, Api
from chalicelib.users.schemas.me import Me
from chalicelib.users.usecases.read_me import read_me

api = Api(__name__)


@api.route("/v1/me", permission=ANY_USER, answer=Me)
def get_me(request: ApiRequest) -> Me:
    """Read your own user: your permissions and projects."""
    return Me.of(*read_me(request.actor, request.now))
