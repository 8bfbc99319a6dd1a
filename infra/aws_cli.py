"""The AWS CLI, as the deployment tool calls it."""

import json
import subprocess
from typing import Any

from infra.errors import DeploymentFailed


class Aws:
    """The AWS CLI in one region."""

    def __init__(self, region: str) -> None:
        self.region = region

    def run(self, *arguments: str) -> None:
        """Run one command, its output on the screen; raise DeploymentFailed if it fails."""
        self._call(arguments, capture=False)

    def run_quietly(self, *arguments: str) -> None:
        """Run one command without its output; raise DeploymentFailed if it fails."""
        self._call(arguments, capture=True)

    def query(self, *arguments: str) -> Any:
        """Run one command and return its JSON answer (None where it has none); raise DeploymentFailed."""
        answer = self._call((*arguments, "--output", "json"), capture=True)
        return json.loads(answer) if answer.strip() else None

    def query_or_none(self, *arguments: str) -> Any:
        """Run one command and return its JSON answer; None if it fails, for example because the thing is absent."""
        command = ["aws", "--region", self.region, *arguments, "--output", "json"]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        except FileNotFoundError as error:
            raise _no_cli() from error
        return json.loads(done.stdout) if done.returncode == 0 and done.stdout.strip() else None

    def _call(self, arguments: tuple[str, ...], capture: bool) -> str:
        command = ["aws", "--region", self.region, *arguments]
        pipe = subprocess.PIPE if capture else None
        try:
            done = subprocess.run(command, stdout=pipe, text=True, check=False)
        except FileNotFoundError as error:
            raise _no_cli() from error
        if done.returncode:
            raise DeploymentFailed(f"aws {' '.join(arguments[:2])} failed")
        return done.stdout or ""


def _no_cli() -> DeploymentFailed:
    return DeploymentFailed("the AWS CLI is needed: https://aws.amazon.com/cli/")
