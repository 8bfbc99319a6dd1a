"""What a run loads: a project of its own with three campaigns, a source and a manager, on a stack of this machine."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infra.local import aws
from infra.local.api import Api
from infra.local.seed import Passwords
from infra.local.stack_config import require_loopback
from tests.e2e.load.plan import LIMITED, OPEN, UNIQUE
from tests.e2e.stack import Stack

PRICE = "12.50"


@dataclass(frozen=True)
class Target:
    """The project of a run: its campaigns by name, its source, and its manager."""

    stack: Stack
    project: str
    campaigns: Mapping[str, str]
    source: Api
    manager: Api

    @property
    def tag(self) -> str:
        """Return the word by which the addresses of this run differ from those of any other."""
        return self.project.rpartition("_")[2][-10:]


def create_target(stack: Stack, limit: int) -> Target:
    """Create the project of a run with its campaigns, source and manager."""
    require_loopback(stack.described["api_url"], stack.described["endpoint_url"], stack.config.endpoint_url)
    admin = stack.user("admin")
    project = str(admin.create("/v1/projects", {"name": "A load", "zone": "UTC", "inactivity": None})["id"])
    settings: dict[str, dict[str, Any]] = {
        OPEN: {},
        UNIQUE: {"duplicates": {"enabled": True, "scope": "campaign"}},
        LIMITED: {"limits": {"monthly": limit}},
    }
    campaigns = {
        name: stack.new_campaign(
            name=f"A load, {name}",
            project_id=project,
            price=PRICE,
            currency="USD",
            **more,
        )
        for name, more in settings.items()
    }
    credential = {"kind": "source", "name": "A load", "campaign_ids": list(campaigns.values())}
    source = stack.stranger.with_token(str(admin.create("/v1/credentials", credential)["token"]))
    for campaign_id in campaigns.values():
        stack.change_campaign(campaign_id, require_authentication=True)
    return Target(stack, project, campaigns, source, _manager(stack, admin, project))


def _manager(stack: Stack, admin: Api, project: str) -> Api:
    email = f"load-{project.rpartition('_')[2][-10:]}@example.com"
    user = {"email": email, "name": "Lou Load", "role": "manager", "project_ids": [project]}
    admin.create("/v1/users", user)
    identity = aws.client(stack.config, "cognito-idp")
    pool_id = identity.list_user_pools(MaxResults=1)["UserPools"][0]["Id"]
    password = Passwords(identity, pool_id).assign(email).password
    return stack.stranger.sign_in(email, password)
