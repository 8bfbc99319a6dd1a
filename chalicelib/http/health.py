"""The health of the deployment."""

from chalicelib import settings
from chalicelib.http.check_health import check_health
from chalicelib.http.request import ApiRequest
from chalicelib.http.router import PUBLIC, Api, ApiResponse
from chalicelib.http.schemas.health import Health

api = Api(__name__)


@api.route("/v1/health", permission=PUBLIC, answer=Health, also={503: "A table does not answer."})
def get_health(request: ApiRequest) -> Health | ApiResponse:
    """Return the version, the stage and whether the tables answer."""
    current = settings.current()
    if check_health(request.now):
        return Health(version=current.version, stage=current.stage, tables="reachable")
    return ApiResponse(503, Health(version=current.version, stage=current.stage, tables="unreachable"))
