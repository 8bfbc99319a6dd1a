"""The actions of lead sources for the state machine: post, repeat, post a blocked person."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from chalicelib.core.access import Actor
from chalicelib.core.errors import Invalid
from chalicelib.intake.usecases.receive_lead import IntakeResult, Submission, receive_lead
from tests.scenarios import invariant_checks
from tests.scenarios.invariants import PHONES, TROUBLES, Invariants, Trouble, survive_faults

NAMES = st.sampled_from(["Ada", "Grace"])
KEYS = st.sampled_from([None, "order-1", "order-2"])
CAMPAIGNS = st.sampled_from(["cmp_1", "cmp_2"])
Key = tuple[str, str]
SOURCE = Actor(kind="credential", id="crd_1", campaign_ids=frozenset({"cmp_1", "cmp_2"}))


class Sources(Invariants):
    """Lead sources."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: dict[Key, dict[str, Any]] = {}

    @initialize(phone=PHONES)
    def begin(self, phone: str) -> None:
        """Start with a lead, because nothing interesting happens without one."""
        self._post("cmp_1", "order-1", _values("Ada", phone), None)
        self._post("cmp_2", None, _values("Grace", phone), None)

    @rule(phone=PHONES, name=NAMES, campaign=CAMPAIGNS, key=KEYS, test=st.booleans(), disturbance=TROUBLES)
    def submit(
        self, phone: str, name: str, campaign: str, key: str | None, test: bool, disturbance: Trouble
    ) -> None:
        """A source posts a lead, with or without a key. Perhaps the process dies or an answer is lost."""
        self._post(campaign, key, _values(name, phone) | ({"test": "true"} if test else {}), disturbance)

    @precondition(lambda self: self.sent)
    @rule(data=st.data(), disturbance=TROUBLES)
    def retry(self, data: st.DataObject, disturbance: Trouble) -> None:
        """A source repeats a post under the same key."""
        campaign, key = data.draw(st.sampled_from(sorted(self.sent)))
        self._post(campaign, key, self.sent[campaign, key], disturbance)

    @precondition(lambda self: any(self.is_blocked(contact) for contact, _ in self.blocked))
    @rule(data=st.data(), name=NAMES, campaign=CAMPAIGNS, disturbance=TROUBLES)
    def post_blocked(self, data: st.DataObject, name: str, campaign: str, disturbance: Trouble) -> None:
        """A source posts a blocked person."""
        contacts = sorted(value for value, _ in self.blocked if self.is_blocked(value))
        contact = data.draw(st.sampled_from(contacts))
        kind = "email" if "@" in contact else "phone"
        self._post(campaign, None, _values(name, "202-555-0149") | {kind: contact}, disturbance)

    def _post(self, campaign: str, key: str | None, values: dict[str, Any], disturbance: Trouble) -> None:
        rows = invariant_checks.TableState()
        created = self.by_key[campaign, key] if key and (campaign, key) in self.by_key else set()
        receipt: IntakeResult | None = None
        refused = False
        with survive_faults(disturbance):
            try:
                submission = Submission(campaign, values, SOURCE, self.new_id("lead"), key)
                receipt = receive_lead(submission, self.now)
            except Invalid as error:
                self.expect(error, "key_reused")
                refused = True
        new = self.note_new_leads(campaign, values["first_name"], bool(values.get("test")))
        if key:
            self.by_key[campaign, key] = created | new
            if new:
                self.sent[campaign, key] = values
        assert len(new) <= 1
        if created:
            assert not new, "a key was decided on twice"
            self._repeat(created, values, (campaign, key or ""), receipt, refused, disturbance)
        elif self.is_blocked(values["phone"], values.get("email", "")):
            assert not new, "a blocked contact came in"
            assert invariant_checks.TableState().bytes_of_persons() == rows.bytes_of_persons(), (
                "a blocked contact was stored"
            )
            assert disturbance or (receipt and receipt.declined == "blocked")
        else:
            assert not refused
            assert disturbance or (receipt and receipt.facts and {receipt.facts.lead_id} == new)

    def _repeat(
        self,
        created: set[str],
        values: dict[str, Any],
        key: Key,
        receipt: IntakeResult | None,
        refused: bool,
        disturbance: Trouble,
    ) -> None:
        """INT-9: the result of a key stays. Other content is refused while its lead lives."""
        (lead_id,) = created
        other = self.stamped[lead_id] and lead_id not in self.gone and values != self.sent[key]
        if disturbance:
            return
        assert refused == bool(other)
        assert refused or (receipt and receipt.replayed and receipt.facts)
        if receipt and receipt.facts:
            assert receipt.facts.lead_id == lead_id


def _values(name: str, phone: str) -> dict[str, Any]:
    return {"first_name": name, "phone": phone, "email": f"{name.lower()}@example.com"}
