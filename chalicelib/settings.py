"""The settings of the deployment. Only this module reads the environment."""

import functools
import os
from collections.abc import Mapping
from typing import NamedTuple


class MissingSetting(Exception):
    """A required setting is missing; the message names it."""


class Settings(NamedTuple):
    """The environment of one function. docs/operations.md lists the names, in upper case."""

    stage: str
    table_prefix: str
    pool_id: str
    pool_client_id: str
    pool_issuer: str
    pool_keys_url: str
    contacts_secret: str
    identity_secret: str
    signing_secret: str
    api_url: str = ""
    imports_bucket: str = ""
    seals_bucket: str = ""
    mail_from: str = ""
    geo_database: str = ""
    services_loopback: str = ""
    refusal_ms: str = "1000"
    version: str = "dev"
    log_level: str = "INFO"

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """Return the settings in `env`; raise MissingSetting with the name of a required one that is missing."""
        values = {name: env[name.upper()] for name in cls._fields if name.upper() in env}
        try:
            return cls(**values)
        except TypeError as error:
            missing = [name.upper() for name in cls._fields if name not in values]
            raise MissingSetting(f"a required setting is missing, one of: {', '.join(missing)}") from error


def function_group() -> str:
    """Return which routes this Lambda function answers (`function` in routes.py); empty means all of them.

    The function then loads only the modules of these routes.
    """
    return os.environ.get("ROUTE_GROUP", "")


@functools.cache
def current() -> Settings:
    """Return the settings of this process, read once."""
    return Settings.from_env(os.environ)
