"""The life of leads as a state machine: people, sources, streams, schedules, TTL and faults act in any order.

Every step is a real use case on moto's tables. Time passes only in steps of the machine. The model has the promises:
the key of each lead, its stamp, the blocked contacts, the erased persons.
"""

from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from chalicelib.aws.dynamodb import batch
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.confirmations import Confirmation, binding_digest
from chalicelib.core.errors import ConfirmationRequired, Conflict, Invalid
from chalicelib.core.retention import Policy
from chalicelib.core.times import DAY_S
from chalicelib.intake.usecases.process_new_lead import process_new_lead
from chalicelib.leads.domain.lead_retention import RetentionRequest
from chalicelib.leads.store import contact_index, people
from chalicelib.leads.usecases.correct_lead import correct_lead
from chalicelib.leads.usecases.set_retention import set_retention
from chalicelib.ledger.domain.entries import Access
from chalicelib.organisation import store as configuration
from chalicelib.privacy.usecases.finish_due import finish_due_erasures
from chalicelib.privacy.usecases.finish_erasure import finish_erasure
from tests.factories.leads import NOW
from tests.scenarios import invariant_checks
from tests.scenarios.desk import Desk
from tests.scenarios.invariants import PHONES, TROUBLES, Trouble, survive_faults
from tests.scenarios.sources import CAMPAIGNS, NAMES

POLICIES = st.sampled_from([Policy(), Policy(1), Policy(10, 3), Policy(3, 30)])
WANTED = st.one_of(
    st.sampled_from(
        [RetentionRequest(reason="dispute"), RetentionRequest(days=1), RetentionRequest(days=20)]
    ),
    st.integers(1, 15 * DAY_S).map(lambda ahead: RetentionRequest(until=NOW + ahead)),
)
PASSING = st.one_of(
    st.sampled_from([1, 60, DAY_S, 10 * DAY_S, "to a due", "to before a due"]), st.integers(1, 12 * DAY_S)
)


class Life(Desk):
    """All events in the life of leads."""

    @rule(campaign=CAMPAIGNS, policy=POLICIES)
    def change_policy(self, campaign: str, policy: Policy) -> None:
        """A manager gives a campaign another policy."""
        current = configuration.get(Campaign, campaign, self.now)
        assert current is not None
        after = replace(current, retention=policy, version=current.version + 1)
        batch.write(configuration.update(after), batch.token_of("policy", campaign, after.version))
        self.policies[campaign] = policy

    @precondition(lambda self: self.stamped)
    @rule(data=st.data(), request=WANTED, disturbance=TROUBLES, again=st.booleans())
    def set_retention(
        self, data: st.DataObject, request: RetentionRequest, disturbance: Trouble, again: bool
    ) -> None:
        """A user sets a lead's retention, perhaps only the first call, and perhaps repeats the confirmed call."""
        lead_id = self.draw_lead(data)
        before = self.facts(lead_id)
        late = before.retention.initial_deadline is not None and before.retention.initial_deadline <= self.now
        try:
            set_retention(invariant_checks.ADMIN, lead_id, request, None, self.now)
        except ConfirmationRequired as asked:
            assert not late, "asked to confirm what can no longer be changed"
            confirmation = Confirmation(
                binding_digest(asked.binding), binding_digest(("token", *asked.binding))
            )
            with survive_faults(disturbance):
                set_retention(invariant_checks.ADMIN, lead_id, request, confirmation, self.now)
            if again:
                set_retention(invariant_checks.ADMIN, lead_id, request, confirmation, self.now)
        except Conflict as refused:
            self.expect(refused, "deadline_passed" if late else "test_lead")
        except Invalid:
            assert request.until is not None or request.days is not None
        if late:
            assert self.facts(lead_id) == before

    @precondition(lambda self: self.stamped)
    @rule(data=st.data(), name=NAMES, phone=PHONES, disturbance=TROUBLES)
    def correct(self, data: st.DataObject, name: str, phone: str, disturbance: Trouble) -> None:
        """A user corrects a person."""
        lead_id = self.draw_lead(data)
        facts = self.facts(lead_id)
        only_held = facts.retention.is_kept_by_hold(self.now)
        values = {"first_name": name, "phone": phone}
        with survive_faults(disturbance):
            try:
                correct_lead(self._access(), lead_id, facts.version, values, self.now)
            except Conflict as refused:
                self.expect(refused, *(("legal_hold", "erased") if only_held else ("erased", "blocked")))
                return
        self.names[lead_id].add(name)

    @rule(passing=PASSING, data=st.data())
    def tick(self, passing: int | str, data: st.DataObject) -> None:
        """Time passes: a second, a day, or exactly to an end."""
        ends = {facts.erase_at or 0 for facts in invariant_checks.TableState().facts.values()}
        ahead = sorted(end for end in ends if end > self.now)
        if isinstance(passing, int):
            self.now += passing
        elif ahead:
            self.now = max(self.now, data.draw(st.sampled_from(ahead)) - (passing == "to before a due"))

    @rule(data=st.data(), with_record=st.booleans())
    def reap(self, data: st.DataObject, with_record: bool) -> None:
        """TTL removes some expired rows, in any order, days late or never, perhaps without a stream record."""
        ended: list[people.PersonRow | contact_index.ContactRow] = [
            *people.PersonRow.scan(),
            *contact_index.ContactRow.scan(),
        ]
        for row in ended:
            if row.expires_at is not None and row.expires_at <= self.now and data.draw(st.booleans()):
                row.delete()
                if with_record and isinstance(row, people.PersonRow):
                    self.removals.append(row.lead_id)

    @precondition(lambda self: self.arrivals)
    @rule(data=st.data(), again=st.booleans(), disturbance=TROUBLES)
    def deliver_arrival(self, data: st.DataObject, again: bool, disturbance: Trouble) -> None:
        """The stream delivers a new lead: late, in any order, perhaps twice, and perhaps again later."""
        lead_id = data.draw(st.sampled_from(self.arrivals))
        with survive_faults(disturbance):
            process_new_lead(lead_id, self.now)
            if again:
                process_new_lead(lead_id, self.now)
            else:
                self.arrivals.remove(lead_id)

    @precondition(lambda self: self.removals)
    @rule(data=st.data(), again=st.booleans(), disturbance=TROUBLES)
    def deliver_removal(self, data: st.DataObject, again: bool, disturbance: Trouble) -> None:
        """The stream delivers a removed person: late, in any order, perhaps twice, and perhaps again later."""
        lead_id = data.draw(st.sampled_from(self.removals))
        with survive_faults(disturbance):
            finish_erasure(lead_id, "stream", self.now)
            if again:
                finish_erasure(lead_id, "stream", self.now)
            else:
                self.removals.remove(lead_id)

    @precondition(lambda self: self.arrivals or self.removals)
    @rule(data=st.data())
    def lose_a_record(self, data: st.DataObject) -> None:
        """A stream record is lost for good."""
        queue = self.arrivals or self.removals
        queue.remove(data.draw(st.sampled_from(queue)))

    @rule(disturbance=TROUBLES, turns=st.sampled_from([1, 100]))
    def run_schedule(self, disturbance: Trouble, turns: int) -> None:
        """The schedule finishes erasures, perhaps with little time, perhaps until it dies."""
        left = iter(range(turns))
        with survive_faults(disturbance):
            finish_due_erasures(lambda: next(left, None) is not None, self.now)

    @rule()
    def restart(self) -> None:
        """Another process continues."""
        configuration.clear_cache()

    def _access(self) -> Access:
        return Access(invariant_checks.ADMIN, "view", self.new_id("req"))
