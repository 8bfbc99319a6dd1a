"""Whether the deployment can do its work."""

from chalicelib import settings
from chalicelib.contracts.health import Health
from chalicelib.http.api import PUBLIC, Api, ApiResponse
from chalicelib.http.call import ApiRequest
from chalicelib.usecases.check_health import check_health

health = Api(__name__)


@health.route("/v1/health", permission=PUBLIC, answer=Health, also={503: "A table does not answer."})
def get_health(request: ApiRequest) -> Health | ApiResponse:
    """Tell the version, the stage and whether the tables answer."""
    current = settings.current()
    if check_health(request.now):
        return Health(version=current.version, stage=current.stage, tables="reachable")
    return ApiResponse(503, Health(version=current.version, stage=current.stage, tables="unreachable"))
