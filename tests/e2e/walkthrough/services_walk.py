"""The walkthrough of validation services: a database of ip addresses in the bucket, a provider with its secret."""

import json
from typing import Any

from infra.local import aws
from tests.e2e.stack import Stack
from tests.e2e.toggles import with_services
from tests.e2e.walkthrough.privacy_walk import import_file
from tests.harness.fake_provider import answering, providing, self_signed
from tests.harness.ip_database import RECORDS, database

_DATABASE = "geo/test.mmdb"
_SECRET = "leadwarden-local-service-lines"
_PERSON = {"first_name": "Wes", "phone": "+1 202-555-0260", "ip_address": "8.8.8.8", "zip": "10001"}
_PEOPLE = "first_name,phone,ip_address\nXia,+1 202-555-0261,81.2.69.160\n"


def walk(stack: Stack) -> None:
    """Post leads, over the API and from a file, for which our services and external ones run. Explain one."""
    _store_inputs(stack)
    tls, authority = self_signed(stack.config.home), stack.config.home / "certificate.pem"
    with (
        providing(answering({"line_type": "mobile"}), tls) as provider,
        with_services(stack, GEO_DATABASE=_DATABASE, SSL_CERT_FILE=str(authority)),
    ):
        campaign, manager = stack.new_campaign(services=_services(provider.url)), stack.user("manager")
        path = f"/v1/campaigns/{campaign}/leads"
        explained = manager.post(f"{path}/explain", _PERSON)
        assert explained.body["status"] == "accepted", explained.content
        posted = stack.source_of(campaign).post(path, _PERSON)
        assert posted.status == 201, posted.content
        rows = import_file(stack, manager, "leads", campaign, _PEOPLE)["rows"]
        assert rows["by_verdict"] == {"accepted": 1}
        assert provider.last_body == {"phone": "+12025550261"}
    lead = manager.get(f"/v1/leads/{posted.body['lead_id']}").body
    assert lead["checked"]["geolocation"] == {"country": "US", "region": "CA"}
    assert lead["checked"]["line_type"] == {"line_type": "mobile", "by": "provider"}
    assert lead["costs"] == {"geolocation": "0.01", "line_type": "0.02"}


def _store_inputs(stack: Stack) -> None:
    """Store the database and the provider's secret where the operator stores them."""
    bucket = stack.described["buckets"]["ImportsBucket"]
    aws.client(stack.config, "s3").put_object(Bucket=bucket, Key=_DATABASE, Body=database(RECORDS))
    secret = json.dumps({"host": "127.0.0.1", "authorization": "Bearer of the tour"})
    aws.client(stack.config, "secretsmanager").create_secret(Name=_SECRET, SecretString=secret)


def _services(url: str) -> dict[str, Any]:
    line_type = {"enabled": True, "price": "0.02", "options": {"url": url, "secret": "lines"}}
    return {"geolocation": {"enabled": True, "price": "0.01"}, "line_type": line_type}
