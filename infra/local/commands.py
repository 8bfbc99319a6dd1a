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
from infra.local.progress import say, step
from infra.local.seed import Passwords, Seeded, SignIn
from infra.local.stack_config import ROOT, STAGE, LocalStackError, StackConfig

_READY_S = 300
_LOGS_SINCE_S = 900
_FIRST_RUN = "The first run takes one to three minutes after the installation; later runs take less than one."
_SECOND_RUN = "This takes about half a minute; everything that is stored stays."


def up(config: StackConfig) -> dict[str, Any]:
    """Start the engine, deploy the application, seed it once; return what the stack file holds."""
    config.home.mkdir(parents=True, exist_ok=True)
    say(_SECOND_RUN if stack.read(config) else _FIRST_RUN)
    with step("1/4 Start the engine", "a few seconds"):
        here = engine.start(config)
    with step("2/4 Package the application", "a minute when the libraries changed, else ten seconds"):
        deploy.package(here.build)
    with step("3/4 Deploy", "ten to thirty seconds"):
        deployed = deploy.deploy(here, here.build)
        _run_tool(here, "infra.keys")
        _await_answer(deploy.api_url(here, deployed))
    described = _seeded_before(here, deployed)
    if described is None:
        with step("4/4 Create a small organisation and post its first leads", "ten to thirty seconds"):
            described = _seed(here, deployed)
    stack.write(here, described)
    return described


def down(config: StackConfig) -> None:
    """Stop the engine; its state is kept."""
    say("Stopped; everything is kept" if engine.stop(config) else "No stack is running")


def reset(config: StackConfig) -> None:
    """Stop the engine and remove everything it kept."""
    engine.reset(config)
    say("Everything is removed; make up begins anew")


def logs(config: StackConfig) -> None:
    """Follow the lines of the functions, from a quarter of an hour ago, and of the engine, until interrupted."""
    here = engine.running(config)
    if here is None:
        raise LocalStackError(
            f"No stack is running: make up. The last lines of the engine are in {config.log}"
        )
    follow(here, _LOGS_SINCE_S)


def _await_answer(api_url: str) -> None:
    deadline = time.monotonic() + _READY_S
    while (status := Api(api_url).get("/v1/health").status) != 200:
        if time.monotonic() > deadline:
            raise LocalStackError(f"The API answers {status} to GET /v1/health; see make logs")
        time.sleep(0.5)


def _seeded_before(config: StackConfig, deployed: Deployed) -> dict[str, Any] | None:
    """Return the stack file with the present addresses if its sign-ins are valid, None if nothing was seeded."""
    known = stack.read(config)
    if known is None:
        return None
    fresh = known | stack.addresses(config, deployed)
    credentials = {"email": known["admin"]["email"], "password": known["admin"]["password"]}
    if Api(fresh["api_url"]).post("/v1/session", credentials).status != 200:
        raise LocalStackError(
            "The kept state and .local/stack.json do not belong together: make reset, then make up"
        )
    return fresh


def _seed(config: StackConfig, deployed: Deployed) -> dict[str, Any]:
    pool_id = deployed.outputs["PoolId"]
    passwords = Passwords(aws.client(config, "cognito-idp"), pool_id)
    _run_tool(config, "infra.admin", "--email", seed.ADMIN_EMAIL, "--no-invitation")
    admin: SignIn = passwords.assign(seed.ADMIN_EMAIL)
    api = Api(deploy.api_url(config, deployed)).sign_in(admin.email, admin.password)
    seeded: Seeded = seed.organisation(api, passwords)
    return stack.describe(config, deployed, admin, seeded)


def _run_tool(config: StackConfig, tool: str, *arguments: str) -> None:
    """Run an operator's tool as on AWS, in a process that uses only this stack."""
    command = [sys.executable, "-m", tool, "--stage", STAGE, *arguments]
    environment = os.environ | aws.credentials(config)
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LocalStackError(f"{tool} failed:\n{done.stderr.strip()}")
