"""The settings of the deployment."""

from chalicelib.contracts.organisation import OrganisationAnswer, OrganisationChange
from chalicelib.domain.access import Permission
from chalicelib.http.api import ANY_USER, Api
from chalicelib.http.call import Call
from chalicelib.usecases import changes
from chalicelib.usecases.change_organisation import change_organisation

organisation = Api(__name__)


@organisation.route("/v1/organisation", permission=ANY_USER, answer=OrganisationAnswer)
def get_organisation(call: Call) -> OrganisationAnswer:
    """Read the organisation's settings.

    Until one is changed they are the defaults, as version 0.
    """
    return OrganisationAnswer.of(changes.organisation(call.now))


@organisation.route(
    "/v1/organisation",
    methods=["PATCH"],
    permission=Permission.ORGANISATION_MANAGE,
    body=OrganisationChange,
    answer=OrganisationAnswer,
)
def patch_organisation(call: Call[OrganisationChange]) -> OrganisationAnswer:
    """Change the organisation's settings."""
    changed = change_organisation(call.actor, call.body.version, call.body.values(), call.now)
    return OrganisationAnswer.of(changed)
