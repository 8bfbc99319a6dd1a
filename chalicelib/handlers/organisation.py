"""The settings of the deployment."""

from chalicelib.contracts.organisation import OrganisationChange, OrganisationResponse
from chalicelib.domain.access import Permission
from chalicelib.http.api import ANY_USER, Api
from chalicelib.http.call import ApiRequest
from chalicelib.usecases import changes
from chalicelib.usecases.change_organisation import change_organisation

organisation = Api(__name__)


@organisation.route("/v1/organisation", permission=ANY_USER, answer=OrganisationResponse)
def get_organisation(request: ApiRequest) -> OrganisationResponse:
    """Read the organisation's settings.

    Until one is changed they are the defaults, as version 0.
    """
    return OrganisationResponse.of(changes.get_organisation(request.now))


@organisation.route(
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
