"""Whether the invariants hold, whatever happens (I1 … I14)."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant
from moto import mock_aws

from chalicelib.core.access import ALL_PROJECTS
from chalicelib.core.errors import LeadwardenError, Unavailable
from chalicelib.core.retention import Policy
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.store import people
from chalicelib.privacy.usecases.finish_due import finish_due_erasures
from tests.conftest import clear_caches, make_aws
from tests.factories.leads import NOW, create_campaign, create_organisation
from tests.harness.faults import WRITES, Crash, dying, dying_after, fault, lost, step
from tests.scenarios import invariant_checks

PHONES = st.sampled_from(["202-555-0147", "202-555-0148"])
TROUBLES = st.one_of(st.just(None), st.tuples(st.sampled_from([dying, dying_after, lost]), st.integers(1, 4)))
Trouble = tuple[Any, int] | None


class Invariants(RuleBasedStateMachine):
    """A system of its own, and a model of what it has promised: keys, stamps, blocks, who is gone."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.asked = 0
        self.aws = mock_aws()
        self.aws.start()
        clear_caches()
        make_aws()
        create_organisation(Policy(10, 3), max_lag="PT0S")
        create_campaign("cmp_2", policy=Policy())
        self.policies = {"cmp_1": Policy(10, 3), "cmp_2": Policy()}
        self.stamped: dict[str, Facts] = {}
        self.by_key: dict[tuple[str, str], set[str]] = {}
        self.names: dict[str, set[str]] = {}
        self.blocked: dict[tuple[str, str], int | None] = {}
        self.block_ids: dict[tuple[str, str], str] = {}
        self.gone: set[str] = set()
        self.erased: set[str] = set()
        self.arrivals: list[str] = []
        self.removals: list[str] = []

    def teardown(self) -> None:
        """Let time pass and the schedule run: everything that is due ends, once and wholly."""
        try:
            with suppress(Crash):
                finish_due_erasures(lambda: True, self.now)
            self.everything_due_is_gone_for_good()
        finally:
            self.aws.stop()
            clear_caches()

    @invariant()
    def every_invariant_holds(self) -> None:
        """Look at all that lies in the tables, once after every step."""
        lying = invariant_checks.Lying()
        self._no_door_shows_who_is_gone(lying)
        self._who_lives_is_whole(lying)
        self._no_edit_changes_a_stamped_lead(lying)
        self._what_is_erased_keeps_nothing(lying)
        assert invariant_checks.each_is_counted_once(lying)
        assert invariant_checks.stamps_lie_ahead(lying, self.now)

    def _no_door_shows_who_is_gone(self, lying: invariant_checks.Lying) -> None:
        """RET-14, to the second; and who is gone once never comes back."""
        facts = lying.facts
        over = {lead_id for lead_id, one in facts.items() if not one.is_live(self.now)}
        assert self.gone <= over, "a lead came back to life"
        bytes_left = {row.lead_id for row in lying.persons}
        new = over - self.gone
        self.gone = over
        assert not invariant_checks.shown(lying, new | (over & bytes_left), self.new_id("req"), self.now)

    def _who_lives_is_whole(self, lying: invariant_checks.Lying) -> None:
        """INT-10: no lead is half there, and nothing is lost before its time."""
        persons = {row.lead_id: row for row in lying.persons if row.part == people.PERSON}
        for lead_id, facts in lying.facts.items():
            if lead_id not in self.gone:
                row = persons[lead_id]
                assert row.expires_at is None or row.expires_at > self.now
                assert json.loads(row.body)["fields"]["first_name"] in self.names[lead_id]
                assert lying.refs_of(lead_id) == set(json.loads(row.body)["refs"])
                assert len(lying.traces_of(lead_id, self.now)) == (3 if facts.test else 4)
                assert facts.digest is not None

    def _no_edit_changes_a_stamped_lead(self, lying: invariant_checks.Lying) -> None:
        """RET-5: what a lead was stamped with at receipt stays."""
        facts = lying.facts
        assert facts.keys() == self.stamped.keys()
        for lead_id, first in self.stamped.items():
            retention = facts[lead_id].retention
            assert retention.policy == first.retention.policy
            assert retention.base_due_at == first.retention.base_due_at
            assert retention.received_at == first.retention.received_at

    def _what_is_erased_keeps_nothing(self, lying: invariant_checks.Lying) -> None:
        """RET-15: an erased lead has one receipt and nothing of its person."""
        for lead_id, facts in lying.facts.items():
            if facts.erased_at is None:
                continue
            assert lead_id in self.gone
            assert (facts.digest, facts.answer) == (None, None)
            assert lying.traces_of(lead_id, self.now) == []
            if lead_id not in self.erased:
                self.erased.add(lead_id)
                assert invariant_checks.receipts_of(lead_id, self.now) == 1

    def everything_due_is_gone_for_good(self) -> None:
        """After one undisturbed run of the schedule every due lead is finished, with one receipt."""
        lying = invariant_checks.Lying()
        for lead_id, facts in lying.facts.items():
            due = facts.erase_at is not None and facts.erase_at <= self.now
            assert (facts.erased_at is not None) == due
            assert invariant_checks.receipts_of(lead_id, self.now) == due
        assert not {row.lead_id for row in lying.persons} & self.erased

    def discovered(self, campaign: str, name: str, test: bool) -> set[str]:
        """Note leads that were not there before: each is stamped with the policy of this very moment (RET-4)."""
        found = {
            key: facts for key, facts in invariant_checks.Lying().facts.items() if key not in self.stamped
        }
        for lead_id, facts in found.items():
            assert facts.retention.policy == self.policies[campaign]
            assert facts.test is test
            self.stamped[lead_id] = facts
            self.names[lead_id] = {name}
            self.arrivals.append(lead_id)
        return set(found)

    def new_id(self, kind: str) -> str:
        """Return an id that was not given before."""
        self.asked += 1
        return f"{kind}_{self.asked:04d}"

    def is_blocked(self, *contacts: str) -> bool:
        """Tell whether one of the contacts is blocked, for the project or for all."""
        return any(
            self.is_blocked_in(contact, scope) for contact in contacts for scope in ("prj_1", ALL_PROJECTS)
        )

    def is_blocked_in(self, contact: str, scope: str) -> bool:
        """Tell whether a contact is blocked in one scope at present."""
        end = self.blocked.get((contact, scope), 0)
        return end is None or end > self.now

    def later(self, earlier: int | None, end: int | None) -> int | None:
        """Return the later of a block's end, if it still stands, and another; None is for good (PRI-12)."""
        if earlier is not None and earlier <= self.now:
            return end
        return None if earlier is None or end is None else max(earlier, end)

    def some(self, data: st.DataObject) -> str:
        """Return one of the leads."""
        return data.draw(st.sampled_from(sorted(self.stamped)))

    @staticmethod
    def expect(refused: LeadwardenError, *codes: str) -> None:
        """Fail unless it was refused for one of these reasons."""
        assert refused.code in codes


@contextmanager
def surviving(trouble: Trouble) -> Iterator[None]:
    """Make trouble at the n-th write, and live on when the process dies of it; without trouble nothing may fail."""
    if trouble is None:
        yield
        return
    does, number = trouble
    with suppress(Crash, Unavailable), fault(does, on=WRITES, when=step(number)):
        yield
