"""A client generated from the document calls the API over HTTP."""

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import attrs
import pytest

import app as application
from chalicelib import clock
from chalicelib.core.access import Role
from chalicelib.http import openapi
from chalicelib.http.router import route_specs
from chalicelib.organisation.usecases.register_keys import register_keys
from tests.factories.configuration import SOLAR, WEST, create_configuration
from tests.harness import wsgi
from tests.harness.api import ApiHarness

pytestmark = pytest.mark.xdist_group("generated_client")  # one generation a run
PACKAGE = "leadwarden_client"
SETTINGS = {"post_hooks": [], "content_type_overrides": {"application/jsonl": "text/plain"}}


class Generated:
    """The generated package, and the clients of one server."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.models = part("models")

    def anonymous(self) -> Any:
        return part("client").Client(base_url=self.url, raise_on_unexpected_status=True)

    def client(self, token: str) -> Any:
        made = part("client").AuthenticatedClient
        return made(base_url=self.url, token=token, raise_on_unexpected_status=True)

    def call(self, operation: str, *given: Any, **named: Any) -> Any:
        """Call an operation by tag and id, and return the whole response."""
        return part(f"api.{operation}").sync_detailed(*given, **named)


def part(name: str) -> ModuleType:
    return importlib.import_module(f"{PACKAGE}.{name}")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Generate the client once; a warning is a failure."""
    folder = tmp_path_factory.mktemp("client")
    document, settings = folder / "openapi.json", folder / "settings.json"
    document.write_text(json.dumps(openapi.document(route_specs(application.app), "test", "")))
    settings.write_text(json.dumps(SETTINGS))
    command = [str(Path(sys.executable).with_name("openapi-python-client")), "generate", "--fail-on-warning"]
    command += ["--path", str(document), "--config", str(settings), "--meta", "none"]
    command += ["--output-path", str(folder / PACKAGE)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stdout + made.stderr
    assert "warning" not in made.stdout.lower()
    sys.path.insert(0, str(folder))
    yield folder / PACKAGE
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.split(".")[0] == PACKAGE]:
        del sys.modules[name]


@pytest.fixture
def generated(api: ApiHarness, package: Path) -> Iterator[Generated]:
    """Serve an organisation with two projects and a lead type."""
    register_keys(clock.now())
    create_configuration()
    with wsgi.listening(api.client) as url:
        yield Generated(url)


@pytest.fixture
def admin(api: ApiHarness, generated: Generated) -> Any:
    """Return a client with an admin's ID token."""
    token = api.user(Role.ADMIN).token
    assert token is not None
    return generated.client(token)


def new_campaign(generated: Generated, admin: Any, **more: Any) -> Any:
    models = generated.models
    body = models.NewCampaign(
        name="Solar web form", project_id=WEST, lead_type_id=SOLAR, source="site", price="15.00", **more
    )
    made = generated.call("campaigns.create_campaign", client=admin, body=body)
    assert made.status_code == 201, made.content
    return made.parsed


def test_every_operation_can_be_imported(package: Path) -> None:
    found = [path for path in sorted((package / "api").rglob("*.py")) if path.stem != "__init__"]
    for path in found:
        part(".".join(path.relative_to(package).with_suffix("").parts))
    assert {path.stem for path in found} == {route.name for route in route_specs(application.app)}


def test_a_change_sends_only_the_given_fields(package: Path) -> None:
    models = part("models")
    changes = {
        route.body.__name__
        for route in route_specs(application.app)
        if route.method == "PATCH" and route.body is not None
    }
    assert {"CampaignChange", "OrganisationChange", "ProjectChange", "UserChange"} <= changes
    for name in changes:
        model = getattr(models, name)
        given = {field.name: 1 for field in attrs.fields(model) if field.default is attrs.NOTHING}
        given |= {name: models.LeadCorrectionPerson() for name in given.keys() & {"person"}}
        assert model(**given).to_dict().keys() == given.keys(), name


def test_a_lead_is_posted_read_and_posted_again(generated: Generated, admin: Any) -> None:
    models, campaign = generated.models, new_campaign(generated, admin)
    new = models.NewCredential(name="A source", campaign_ids=[campaign.id])
    source = generated.client(generated.call("users.create_credential", client=admin, body=new).parsed.token)
    lead = models.LeadBody.from_dict({"first_name": "Fay", "phone": "+1 202-555-0150", "roof": "metal"})

    first = generated.call(
        "intake.submit_lead", campaign.id, client=source, body=lead, idempotency_key="web-1"
    )
    again = generated.call(
        "intake.submit_lead", campaign.id, client=source, body=lead, idempotency_key="web-1"
    )
    read = generated.call("leads.get_lead", first.parsed.lead_id, client=admin)

    assert first.status_code == 201
    assert first.parsed.status == models.Status.ACCEPTED
    assert first.parsed.price == "15.00"
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["Idempotent-Replay"] == "true"
    assert read.parsed.person.to_dict()["phone"] == "+12025550150"
    assert read.parsed.campaign_id == campaign.id


def test_a_lead_is_posted_as_a_form_without_a_credential(generated: Generated, admin: Any) -> None:
    campaign = new_campaign(generated, admin, require_authentication=False)
    lead = generated.models.LeadForm.from_dict({"first_name": "Gil", "phone": "202-555-0152"})

    reply = generated.call("intake.submit_lead", campaign.id, client=generated.anonymous(), body=lead)

    assert (reply.status_code, reply.parsed.status) == (201, generated.models.Status.ACCEPTED)


def test_codes_and_passwords_are_sent_in_headers(generated: Generated, admin: Any) -> None:
    models = generated.models
    criterion = models.EqualsCriterion(field="roof", op=models.EqualsCriterionOp.EQUALS, value="tiles")
    criteria = models.AllCriteria(all_=[criterion])
    campaign = new_campaign(
        generated, admin, require_authentication=False, password="a good word", criteria=criteria
    )
    lead = models.LeadBody.from_dict({"first_name": "Fay", "phone": "+1 202-555-0150", "roof": "metal"})
    asked = {"client": generated.anonymous(), "body": lead, "prefer": "status-codes"}

    without = generated.call("intake.submit_lead", campaign.id, **asked)
    reply = generated.call("intake.submit_lead", campaign.id, **asked, x_campaign_password="a good word")

    assert campaign.criteria == criteria
    assert (without.status_code, without.parsed.error.code) == (401, "wrong_password")
    assert (reply.status_code, reply.parsed.reason) == (422, "outside_criteria")


def test_a_paused_campaign_stays_paused_when_it_is_renamed(generated: Generated, admin: Any) -> None:
    models = generated.models
    limits, quality = models.Limits(daily=5), models.Quality(hold_all=True)
    campaign = new_campaign(generated, admin, status="on_hold", limits=limits, quality=quality)

    change = models.CampaignChange(version=campaign.version, name="Solar, renamed")
    changed = generated.call("campaigns.update_campaign", campaign.id, client=admin, body=change).parsed

    assert change.to_dict() == {"version": campaign.version, "name": "Solar, renamed"}
    assert changed.name == "Solar, renamed"
    assert changed.status == "on_hold"
    kept = {name: value for name, value in campaign.to_dict().items() if name not in ("name", "version")}
    assert kept.items() <= changed.to_dict().items()


def test_blocks_are_listed_page_by_page(generated: Generated, admin: Any) -> None:
    models = generated.models
    for number in range(3):
        body = models.NewBlock(phone=f"+1202555014{number}", project_id=WEST)
        assert generated.call("blocks.create_block", client=admin, body=body).status_code == 201

    first = generated.call("blocks.list_blocks", client=admin, limit=2).parsed
    second = generated.call("blocks.list_blocks", client=admin, limit=2, cursor=first.next_).parsed

    assert (len(first.items), len(second.items), second.next_) == (2, 1, None)
    assert len({block.id for block in (*first.items, *second.items)}) == 3


def test_a_stranger_gets_an_error_with_its_code(generated: Generated) -> None:
    reply = generated.call("blocks.list_blocks", client=generated.client("no token"))
    assert (reply.status_code, reply.parsed.error.code) == (401, "unauthenticated")
    assert reply.headers["WWW-Authenticate"] == "Bearer"
