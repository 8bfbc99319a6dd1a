"""The actions of the privacy desk for the state machine: forget, legal hold, release, block, unblock."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from chalicelib.blocks.domain import BlockRequest
from chalicelib.blocks.usecases.block_contact import block_contact
from chalicelib.blocks.usecases.unblock_contact import unblock_contact
from chalicelib.core.access import ALL_PROJECTS
from chalicelib.core.confirmations import Confirmation, binding_digest
from chalicelib.core.errors import ConfirmationRequired, Conflict
from chalicelib.core.times import DAY_S
from chalicelib.leads.store import leads, people
from chalicelib.privacy.usecases.forget_lead import forget_lead
from chalicelib.privacy.usecases.place_legal_hold import place_legal_hold, release_legal_hold
from tests.scenarios import invariant_checks
from tests.scenarios.invariants import PHONES, TROUBLES, Trouble, survive_faults
from tests.scenarios.sources import Sources


class Desk(Sources):
    """A user of the privacy desk."""

    @rule(phone=PHONES, everywhere=st.booleans(), until=st.sampled_from([None, 3600, 2 * DAY_S]))
    def block(self, phone: str, everywhere: bool, until: int | None) -> None:
        """An operator blocks a number, for the project or for all, with or without an end."""
        scope = ALL_PROJECTS if everywhere else "prj_1"
        end = None if until is None else self.now + until
        request = BlockRequest("phone", phone, scope, end)
        result = block_contact(invariant_checks.ADMIN, request, self.new_id("request"), self.now)
        assert result.created is not self.is_blocked_in(phone, scope)
        self.blocked[phone, scope] = self.later(self.blocked.get((phone, scope), 0), end)
        self.block_ids[phone, scope] = result.id

    @precondition(lambda self: self.block_ids)
    @rule(data=st.data())
    def unblock(self, data: st.DataObject) -> None:
        """An operator unblocks a number. It may come in at once."""
        phone, scope = data.draw(st.sampled_from(sorted(self.block_ids)))
        if self.is_blocked_in(phone, scope):
            unblock_contact(
                invariant_checks.ADMIN, self.block_ids[phone, scope], self.new_id("request"), self.now
            )
            self.blocked[phone, scope] = 0

    @precondition(lambda self: self.stamped)
    @rule(data=st.data(), keep_out=st.booleans(), disturbance=TROUBLES)
    def forget_lead_rule(self, data: st.DataObject, keep_out: bool, disturbance: Trouble) -> None:
        """A user forgets a lead. After a crash or a lost answer the call is repeated, and the receipt is the same."""
        lead_id = self.draw_lead(data)
        held = self.facts(lead_id).retention.has_legal_hold(self.now)
        contacts = self._contacts(lead_id) if keep_out else []

        def work(token: Confirmation | None) -> Any:
            return forget_lead(invariant_checks.ADMIN, lead_id, keep_out, token, self.now)

        try:
            token = self.confirmation_of(work)
        except Conflict as refused:
            self.expect(refused, "legal_hold")
            assert held
            return
        if token is None:
            return
        with survive_faults(disturbance):
            work(token)
        try:
            receipt = work(token)
        except ConfirmationRequired:
            receipt = work(self.confirmation_of(work))
        assert receipt == work(None)
        assert not self.facts(lead_id).is_live(self.now)
        for contact in contacts:
            self.blocked[contact, ALL_PROJECTS] = None

    @precondition(lambda self: self.stamped)
    @rule(data=st.data(), days=st.integers(1, 30), disturbance=TROUBLES)
    def hold(self, data: st.DataObject, days: int, disturbance: Trouble) -> None:
        """A user places a legal hold on a lead, unless its deadline has passed."""
        lead_id = self.draw_lead(data)
        facts = self.facts(lead_id)
        due_at = facts.retention.due_at
        with survive_faults(disturbance):
            try:
                place_legal_hold(
                    invariant_checks.ADMIN, lead_id, "dispute", self.now + days * DAY_S, self.now
                )
            except Conflict as refused:
                self.expect(refused, "deadline_passed")
                assert due_at is not None
                assert due_at <= self.now

    @precondition(lambda self: self.stamped)
    @rule(data=st.data(), disturbance=TROUBLES)
    def release(self, data: st.DataObject, disturbance: Trouble) -> None:
        """A user releases a legal hold. A person past the deadline is erased at once."""
        lead_id = self.draw_lead(data)

        def work(token: Confirmation | None) -> Any:
            return release_legal_hold(invariant_checks.ADMIN, lead_id, token, self.now)

        token = self.confirmation_of(work)
        if token is not None:
            with survive_faults(disturbance):
                work(token)

    def confirmation_of(self, work: Any) -> Confirmation | None:
        """Call once. Return the offered confirmation, or None where none is required."""
        try:
            work(None)
        except ConfirmationRequired as asked:
            return Confirmation(binding_digest(asked.binding), binding_digest(("token", *asked.binding)))
        return None

    def _contacts(self, lead_id: str) -> list[str]:
        """Return a lead's contacts in the form of the model."""
        person = people.get_including_expired(lead_id).get(people.PERSON)
        if person is None or self.facts(lead_id).erased_at is not None:
            return []
        phone, email = person.fields["phone"], person.fields["email"]
        return [f"{phone[2:5]}-{phone[5:8]}-{phone[8:]}", email]

    def facts(self, lead_id: str) -> Any:
        """Return a lead's facts as they are now."""
        facts = leads.get(lead_id, self.now)
        assert facts is not None
        return facts
