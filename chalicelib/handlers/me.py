"""The user who asks."""

from chalicelib.contracts.me import Me
from chalicelib.http.api import ANY_USER, Api
from chalicelib.http.call import ApiRequest
from chalicelib.usecases.read_me import read_me

me = Api(__name__)


@me.route("/v1/me", permission=ANY_USER, answer=Me)
def get_me(request: ApiRequest) -> Me:
    """Tell who you are, what you may do and which projects you belong to."""
    return Me.of(*read_me(request.actor, request.now))
