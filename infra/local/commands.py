"""What `make up`, `make down`, `make logs` and `make reset` do."""

import os
import subprocess
import sys
import time
from typing import Any

from infra.local import aws, deploy, engine, seed, stack
from infra.local.api import Api
from infra.local.deploy import Deployed
from infra.local.logs import follow
from infra.local.seed import Passwords, Seeded, SignIn
from infra.local.stack_config import ROOT, STAGE, LocalStackError, StackConfig

_READY_S = 30
_LOGS_SINCE_S = 900


def up(config: StackConfig) -> dict[str, Any]:
    """Start the engine, deploy the application, seed it once; return what the stack file holds."""
    config.home.mkdir(parents=True, exist_ok=True)
    say("Starting the engine")
    here = engine.start(config)
    say("Packaging the application (its libraries only when they changed)")
    deploy.package(here.build)
    say("Deploying")
    deployed = deploy.deploy(here, here.build)
    _run_tool(here, "infra.keys")
    say("Waiting for the first answer")
    _await_answer(deploy.api_url(here, deployed))
    described = _seeded_before(here, deployed) or _seed(here, deployed)
    stack.write(here, described)
    return described


def down(config: StackConfig) -> None:
    """Stop the engine; its state is kept."""
    say("Stopped; everything is kept" if engine.stop(config) else "Nothing runs")


def reset(config: StackConfig) -> None:
    """Stop the engine and forget everything."""
    engine.reset(config)
    say("Empty; make up starts afresh")


def logs(config: StackConfig) -> None:
    """Follow what the functions write, from a quarter of an hour ago, until interrupted."""
    here = engine.running(config)
    if here is None:
        raise LocalStackError(f"Nothing runs: make up. What the engine said last is in {config.log}")
    say(f"The functions' lines; the engine's own are in {config.log}")
    follow(here, _LOGS_SINCE_S)


def say(line: str) -> None:
    """Show progress."""
    print(f"· {line}", file=sys.stderr, flush=True)


def _await_answer(api_url: str) -> None:
    deadline = time.monotonic() + _READY_S
    while (status := Api(api_url).get("/v1/health").status) != 200:
        if time.monotonic() > deadline:
            raise LocalStackError(f"The API answers {status} to GET /v1/health; see make logs")
        time.sleep(0.5)


def _seeded_before(config: StackConfig, deployed: Deployed) -> dict[str, Any] | None:
    """Return the stack file with fresh addresses when its sign-ins still hold, None when nothing was seeded."""
    known = stack.read(config)
    if known is None:
        return None
    fresh = known | stack.addresses(config, deployed)
    credentials = {"email": known["admin"]["email"], "password": known["admin"]["password"]}
    if Api(fresh["api_url"]).post("/v1/session", credentials).status != 200:
        raise LocalStackError("The kept state does not fit .local/stack.json: make reset, then make up")
    return fresh


def _seed(config: StackConfig, deployed: Deployed) -> dict[str, Any]:
    say("Making a small organisation and posting its first leads")
    pool_id = deployed.outputs["PoolId"]
    passwords = Passwords(aws.client(config, "cognito-idp"), pool_id)
    _run_tool(config, "infra.admin", "--email", seed.ADMIN_EMAIL, "--no-invitation")
    admin: SignIn = passwords.settle(seed.ADMIN_EMAIL)
    api = Api(deploy.api_url(config, deployed)).signed_in(admin.email, admin.password)
    seeded: Seeded = seed.organisation(api, passwords)
    return stack.describe(config, deployed, admin, seeded)


def _run_tool(config: StackConfig, tool: str, *arguments: str) -> None:
    """Run an operator's tool as on AWS, in a process of its own that sees only this stack."""
    command = [sys.executable, "-m", tool, "--stage", STAGE, *arguments]
    environment = os.environ | aws.credentials(config)
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LocalStackError(f"{tool} failed:\n{done.stderr.strip()}")
