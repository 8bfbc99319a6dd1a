"""The description of the local stack, for people (on the screen) and for programs (`stack.json`)."""

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from infra.local import deploy
from infra.local.deploy import Deployed
from infra.local.seed import Seeded, SignIn
from infra.local.stack_config import StackConfig


def describe(config: StackConfig, deployed: Deployed, admin: SignIn, seeded: Seeded) -> dict[str, Any]:
    """Return everything that a program needs to use the stack."""
    return addresses(config, deployed) | {
        "admin": dataclasses.asdict(admin),
        "users": {key: dataclasses.asdict(sign_in) for key, sign_in in seeded.users.items()},
        "user_ids": dict(seeded.user_ids),
        "source_token": seeded.source_token,
        "campaign_id": seeded.campaigns["web"],
        "campaigns": dict(seeded.campaigns),
        "projects": dict(seeded.projects),
        "lead_ids": list(seeded.lead_ids),
    }


def addresses(config: StackConfig, deployed: Deployed) -> dict[str, Any]:
    """Return the values that a deployment may change: addresses and the names of tables and buckets."""
    prefix = f"{deploy.STACK}-"
    tables = deployed.of_type("AWS::DynamoDB::Table").values()
    return {
        "api_url": deploy.api_url(config, deployed),
        "endpoint_url": config.endpoint_url,
        "tables": {name.removeprefix(prefix): name for name in sorted(tables)},
        "buckets": dict(sorted(deployed.of_type("AWS::S3::Bucket").items())),
    }


def write(config: StackConfig, described: Mapping[str, Any]) -> None:
    """Write the stack file, readable by its owner only: it holds passwords and a token."""
    partial = config.stack_file.with_suffix(".partial")
    partial.touch(mode=0o600)
    partial.write_text(json.dumps(described, indent=2) + "\n", encoding="utf-8")
    partial.replace(config.stack_file)


def read(config: StackConfig) -> dict[str, Any] | None:
    """Return the content of the stack file, None without one."""
    try:
        content: dict[str, Any] = json.loads(config.stack_file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content


def greeting(described: Mapping[str, Any]) -> str:
    """Return what `make up` prints: addresses, sign-ins, and a curl command that posts a lead."""
    people = {"admin": described["admin"], **described["users"]}
    sign_ins = "\n".join(
        f"  {key:<9} {sign_in['email']:<22} {sign_in['password']}" for key, sign_in in people.items()
    )
    return (
        f"API        {described['api_url']}/v1\n"
        f"Documents  {described['api_url']}/docs\n"
        f"AWS        {described['endpoint_url']}\n"
        f"Mails      {described['endpoint_url']}/_ministack/ses/messages\n"
        f"Sign-ins   (also in .local/stack.json)\n{sign_ins}\n"
        f"Post a lead:\n{curl(described)}"
    )


def curl(described: Mapping[str, Any]) -> str:
    """Return a command line that posts a lead."""
    lead = '{"first_name": "Fay", "phone": "+1 202-555-0150", "email": "fay@example.org"}'
    return (
        f"  curl -i {described['api_url']}/v1/campaigns/{described['campaign_id']}/leads \\\n"
        f"    -H 'Authorization: Bearer {described['source_token']}' \\\n"
        f"    -H 'Content-Type: application/json' \\\n"
        f"    -d '{lead}'"
    )
