"""Generated hostile and damaged bodies of leads: no 5xx, no lead without a contact, no contact that was not written.

A sample by default; `HYPOTHESIS_PROFILE=long` tries 20,000. `HOSTILE_SEED` repeats a run.
"""

import random
from typing import Any

from chalicelib import clock
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.leads.store import leads, people
from chalicelib.organisation.domain.configuration import Field, LeadType, Project
from chalicelib.organisation.usecases.contact_forms import contact_forms
from chalicelib.organisation.usecases.register_keys import register_keys
from tests.harness import hostile, hostile_bodies
from tests.harness.api import ApiHarness, Caller, add_item
from tests.harness.hostile_bodies import HostileBody
from tests.harness.profiles import LONG

BODIES = 20_000 if LONG else 300
ANSWERS = (200, 201, 202)
REFUSALS = (400, 413, 415, 422, 429)  # 429: test leads are bounded (PRI-5)


def test_INT_7_hostile_bodies_make_no_lead_that_was_not_written(api: ApiHarness) -> None:
    register_keys(clock.now())
    add_item(Project(id="prj_1", version=1, name="Loans"))
    for number, required in ((1, False), (2, True)):
        create_campaign(number, required=required)
    caller, seed = api.stranger(), hostile.seed_of(10)
    for number in range(BODIES):
        chance = random.Random(f"{seed}/{number}")
        campaign, sent = chance.choice((1, 2)), hostile_bodies.body(chance)
        try:
            _try(caller, campaign, sent)
        except Exception as error:
            raise AssertionError(f"HOSTILE_SEED={seed}, body {number}, {campaign}: {sent}"[:900]) from error


def create_campaign(number: int, *, required: bool) -> None:
    """Create a campaign and its lead type; the phone is required, or nothing is."""
    fields = (
        Field("first_name", "First name"),
        Field("phone", "Phone", "phone", required=required),
        Field("email", "E-mail", "email"),
        Field("notes", "Notes"),
    )
    add_item(LeadType(id=f"lt_{number}", version=1, name="Loan", fields=fields))
    names: dict[str, Any] = {
        "name": "Web",
        "project_id": "prj_1",
        "lead_type_id": f"lt_{number}",
        "source": "site",
    }
    add_item(Campaign(id=f"cmp_{number}", version=1, **names))


def _try(caller: Caller, campaign: int, sent: HostileBody) -> None:
    path = f"/v1/campaigns/cmp_{campaign}/leads"
    reply = caller.post(path, sent.content, headers={"Content-Type": sent.kind})
    assert reply.status in ANSWERS + REFUSALS, (reply.status, reply.text)
    if reply.status in ANSWERS and "lead_id" in reply.json:
        require_as_written(reply.json["lead_id"], sent.texts(), required=campaign == 2)


def require_as_written(lead_id: str, texts: list[str], *, required: bool) -> None:
    """Require that a lead has a contact, its required phone, and no contact that is not in the texts."""
    person, facts = people.get(lead_id, clock.now()), leads.get(lead_id, clock.now())
    assert person is not None
    assert facts is not None
    if facts.test:  # the dummy lead of a platform has no contact (SRC-7)
        return
    assert person.refs, "a lead without a contact"
    assert not required or "phone" in person.fields, "a lead without its required field"
    given = [person.fields[key] for key in ("phone", "email") if key in person.fields]
    assert all(hostile.is_as_written(contact, texts) for contact in given), (given, texts)
    forms = contact_forms(clock.now())
    refs = {forms.refs("email" if "@" in one else "phone", one).write for one in given}
    assert refs <= set(person.refs)
