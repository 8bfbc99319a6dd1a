"""The routes of the organisation's settings."""

from chalicelib.core.access import Permission
from chalicelib.http.request import ApiRequest
from chalicelib.http.router import ANY_USER, Api
from chalicelib.organisation.schemas.organisation import OrganisationChange, OrganisationResponse
from chalicelib.organisation.usecases import config
from chalicelib.organisation.usecases.change_organisation import change_organisation

api = Api(__name__)


@api.route("/v1/organisation", permission=ANY_USER, answer=OrganisationResponse)
def get_organisation(request: ApiRequest) -> OrganisationResponse:
    """Read the organisation's settings.

    Before the first change they are the defaults, as version 0.
    """
    return OrganisationResponse.of(config.get_organisation(request.now))


@api.route(
    "/v1/organisation",
    methods=["PATCH"],
    permission=Permission.ORGANISATION_MANAGE,
    body=OrganisationChange,
    answer=OrganisationResponse,
)
def patch_organisation(request: ApiRequest[OrganisationChange]) -> OrganisationResponse:
    """Change the organisation's settings."""
    changed = change_organisation(request.actor, request.body.version, request.body.values(), request.now)
    return OrganisationResponse.of(changed)
