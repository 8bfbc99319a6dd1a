"""Fixtures all suites share: the environment, AWS in memory, and an API with users."""

import functools
import gc
import os
import pickle
import threading
from collections.abc import Iterator
from typing import Any

import boto3
import botocore.hooks
import botocore.loaders
import botocore.session
import hypothesis
import pytest
from chalice.test import Client
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID as ACCOUNT
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.responses import DynamoHandler
from moto.secretsmanager.models import secretsmanager_backends
from moto.ses.models import ses_backends

from chalicelib import settings
from chalicelib.aws import clients, secrets
from chalicelib.aws.dynamodb import counters, rows
from chalicelib.blocks.store import blocks
from chalicelib.http import check_health
from chalicelib.intake.usecases import limit_places
from chalicelib.leads.store import contact_index, leads_rows, people
from chalicelib.ledger import store as ledger
from chalicelib.organisation import store as configuration
from chalicelib.users.gateways import app_client, id_tokens
from chalicelib.users.usecases import authenticate, throttling
from tests.harness import retry_quota
from tests.harness.api import AUDIENCE, ISSUER, ApiHarness, Signer, serving
from tests.harness.moto_patches import patch_moto
from tests.harness.moto_pool import refuse_as_cognito
from tests.harness.short_expressions import parse_once
from tests.harness.short_tables import look_up
from tests.harness.short_wire import shorten

# No test depends on speed: an example may take as long as the machine needs.
hypothesis.settings.register_profile(
    "any speed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("any speed")

# Objects in circles are few and are looked for seldom: with the usual threshold it takes an eighth of all CPU time.
gc.set_threshold(100_000, 20, 20)

TABLES = (
    configuration.ConfigRow,
    leads_rows.FactsRow,
    people.PersonRow,
    contact_index.ContactRow,
    blocks.BlockRow,
    ledger.LedgerRow,
    counters.CounterRow,
)
_ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
    "STAGE": "test",
    "TABLE_PREFIX": "leadwarden-test-",
    "POOL_ID": "us-east-1_test",
    "POOL_CLIENT_ID": AUDIENCE,
    "POOL_ISSUER": ISSUER,
    "POOL_KEYS_URL": "http://127.0.0.1:9/jwks.json",
    "CONTACTS_SECRET": "test/contacts",
    "IDENTITY_SECRET": "test/identity",
    "SIGNING_SECRET": "test/signing",
    "IMPORTS_BUCKET": "leadwarden-test-imports",
    "VERSION": "test",
    "REFUSAL_MS": "0",
}

_MADE: dict[str, bytes] = {}


def pytest_collection_finish() -> None:
    """Leave what was imported and collected out of every later search for objects in circles: it stays to the end."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _botocore_makes_a_client_once() -> None:
    """A fresh session and client take tens of milliseconds; those of the same settings are the same for a whole run."""
    retry_quota.share_no_quota()
    session: Any = botocore.session
    session.create_loader = functools.cache(botocore.loaders.create_loader)
    hooks: Any = botocore.hooks
    hooks.accepts_kwargs = functools.cache(hooks.accepts_kwargs)
    create, made = session.Session.create_client, {}

    def once(self: Any, service_name: str, *given: Any, **named: Any) -> Any:
        options = {**named, "config": getattr(named.get("config"), "_user_provided_options", None)}
        surroundings = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
        key = repr((service_name, given, sorted(options.items()), sorted(surroundings.items())))
        if key not in made:
            made[key] = create(self, service_name, *given, **named)
        return made[key]

    session.Session.create_client = once


@pytest.fixture(scope="session", autouse=True)
def _moto_answers_one_call_at_a_time() -> None:
    """DynamoDB's transactions are atomic; moto's are so only when no other thread is let in between."""
    handler: Any = DynamoHandler
    answer, alone = handler.call_action, threading.Lock()

    def one_at_a_time(self: Any) -> Any:
        with alone:
            return answer(self)

    handler.call_action = one_at_a_time
    patch_moto()
    shorten()
    parse_once()
    look_up()


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every test starts as a fresh process would: with test settings and nothing remembered."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    for name, value in _ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    clear_caches()
    yield
    clear_caches()


def clear_caches() -> None:
    """Forget whatever a process remembers between requests."""
    settings.current.cache_clear()
    for remembering in (
        clients,
        secrets,
        app_client,
        id_tokens,
        authenticate,
        throttling,
        check_health,
        limit_places,
    ):
        remembering.clear_cache()
    configuration.clear_cache()
    rows.clear_cache()
    retry_quota.fill()


@pytest.fixture
def aws() -> Iterator[None]:
    """AWS in memory: the seven tables made from their models, and the three secrets."""
    with mock_aws():
        make_aws()
        yield


def make_aws() -> None:
    """Make the seven tables from their models, and the three secrets; after the first time, as copies of those."""
    tables, secrets_kept = _stores()
    if not _MADE:
        _create()
        _MADE.update(tables=pickle.dumps(tables), secrets=pickle.dumps(secrets_kept))
        return
    tables.update(pickle.loads(_MADE["tables"]))
    secrets_kept.update(pickle.loads(_MADE["secrets"]))


def _stores() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return where moto keeps tables and secrets."""
    dynamodb: Any = dynamodb_backends[ACCOUNT]["us-east-1"]
    manager: Any = secretsmanager_backends[ACCOUNT]["us-east-1"]
    return dynamodb.tables, manager.secrets


def _create() -> None:
    for model in TABLES:
        model.create_table(billing_mode="PAY_PER_REQUEST")
    manager = boto3.client("secretsmanager")
    for name in ("contacts", "identity", "signing"):
        manager.create_secret(Name=f"test/{name}", SecretString=f"{name}-" + "k" * 40)


@pytest.fixture
def pool(aws: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A user pool like the deployed one, in memory; the Cognito client, for what only a test may do."""
    refuse_as_cognito()
    client = boto3.client("cognito-idp")
    pool_id = client.create_user_pool(PoolName="test", UsernameAttributes=["email"])["UserPool"]["Id"]
    made = client.create_user_pool_client(
        UserPoolId=pool_id,
        ClientName="api",
        ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        GenerateSecret=True,
        WriteAttributes=["name"],
    )
    client.set_user_pool_mfa_config(
        UserPoolId=pool_id,
        MfaConfiguration="OPTIONAL",
        SoftwareTokenMfaConfiguration={"Enabled": True},
    )
    monkeypatch.setenv("MOTO_COGNITO_IDP_USER_POOL_ENABLE_TOTP", "true")
    monkeypatch.setenv("POOL_ID", pool_id)
    monkeypatch.setenv("POOL_CLIENT_ID", made["UserPoolClient"]["ClientId"])
    settings.current.cache_clear()
    return client


@pytest.fixture
def outbox(aws: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A deployment that sends mail, from an address SES has verified; what SES has taken, in order."""
    monkeypatch.setenv("MAIL_FROM", "leads@example.com")
    monkeypatch.setenv("API_URL", "https://api.example.com/api")
    settings.current.cache_clear()
    boto3.client("ses").verify_email_identity(EmailAddress="leads@example.com")
    return ses_backends[ACCOUNT]["us-east-1"].sent_messages


@pytest.fixture(scope="session")
def running_signer() -> Iterator[Signer]:
    """One key pair and one key-set server for the whole run."""
    with serving(Signer()) as signer:
        yield signer


@pytest.fixture
def signer(running_signer: Signer, monkeypatch: pytest.MonkeyPatch) -> Signer:
    """The keys the settings point at."""
    running_signer.broken = False
    running_signer.key_requests = 0
    monkeypatch.setenv("POOL_KEYS_URL", running_signer.url)
    settings.current.cache_clear()
    return running_signer


@pytest.fixture
def api(aws: None, signer: Signer) -> Iterator[ApiHarness]:
    """The whole API on empty tables, and callers of every kind."""
    import app

    with Client(app.app, project_dir=os.devnull) as client:
        yield ApiHarness(client, signer)
