"""The invariants hold in any order of events (I1 … I14)."""

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
    """A separate system, and a model of its promises: keys, stamps, blocks, erased leads."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.ids = 0
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
        """Let time pass and run the schedule: every lead past its end is erased once and completely."""
        try:
            with suppress(Crash):
                finish_due_erasures(lambda: True, self.now)
            self.overdue_leads_are_finished()
        finally:
            self.aws.stop()
            clear_caches()

    @invariant()
    def every_invariant_holds(self) -> None:
        """Check all rows of the tables, once after every step."""
        lying = invariant_checks.TableState()
        self._erased_persons_are_hidden(lying)
        self._live_leads_are_complete(lying)
        self._stamps_stay(lying)
        self._erased_leads_have_no_rows(lying)
        assert invariant_checks.each_is_counted_once(lying)
        assert invariant_checks.stamps_are_valid(lying, self.now)

    def _erased_persons_are_hidden(self, lying: invariant_checks.TableState) -> None:
        """RET-14, to the second; an erased person never returns."""
        facts = lying.facts
        over = {lead_id for lead_id, lead in facts.items() if not lead.is_live(self.now)}
        assert self.gone <= over, "a lead came back to life"
        bytes_left = {row.lead_id for row in lying.persons}
        new = over - self.gone
        self.gone = over
        assert not invariant_checks.shown(lying, new | (over & bytes_left), self.new_id("req"), self.now)

    def _live_leads_are_complete(self, lying: invariant_checks.TableState) -> None:
        """INT-10: no lead is incomplete, and nothing is lost before its time."""
        persons = {row.lead_id: row for row in lying.persons if row.part == people.PERSON}
        for lead_id, facts in lying.facts.items():
            if lead_id not in self.gone:
                row = persons[lead_id]
                assert row.expires_at is None or row.expires_at > self.now
                assert json.loads(row.body)["fields"]["first_name"] in self.names[lead_id]
                assert lying.refs_of(lead_id) == set(json.loads(row.body)["refs"])
                assert len(lying.traces_of(lead_id, self.now)) == (
                    3 if facts.test or facts.enters_later else 4
                )
                assert facts.digest is not None

    def _stamps_stay(self, lying: invariant_checks.TableState) -> None:
        """RET-5: the stamp of a lead at receipt stays."""
        facts = lying.facts
        assert facts.keys() == self.stamped.keys()
        for lead_id, first in self.stamped.items():
            retention = facts[lead_id].retention
            assert retention.policy == first.retention.policy
            assert retention.base_due_at == first.retention.base_due_at
            assert retention.received_at == first.retention.received_at

    def _erased_leads_have_no_rows(self, lying: invariant_checks.TableState) -> None:
        """RET-15: an erased lead has one receipt and no row of its person."""
        for lead_id, facts in lying.facts.items():
            if facts.erased_at is None:
                continue
            assert lead_id in self.gone
            assert (facts.digest, facts.answer) == (None, None)
            assert lying.traces_of(lead_id, self.now) == []
            if lead_id not in self.erased:
                self.erased.add(lead_id)
                assert invariant_checks.receipts_of(lead_id, self.now) == 1

    def overdue_leads_are_finished(self) -> None:
        """After one undisturbed run of the schedule every overdue lead is finished, with one receipt."""
        lying = invariant_checks.TableState()
        for lead_id, facts in lying.facts.items():
            due = facts.erase_at is not None and facts.erase_at <= self.now
            assert (facts.erased_at is not None) == due
            assert invariant_checks.receipts_of(lead_id, self.now) == due
        assert not {row.lead_id for row in lying.persons} & self.erased

    def note_new_leads(self, campaign: str, name: str, test: bool) -> set[str]:
        """Note the new leads. Each is stamped with the current policy (RET-4)."""
        result = {
            key: facts
            for key, facts in invariant_checks.TableState().facts.items()
            if key not in self.stamped
        }
        for lead_id, facts in result.items():
            assert facts.retention.policy == self.policies[campaign]
            assert facts.test is test
            self.stamped[lead_id] = facts
            self.names[lead_id] = {name}
            self.arrivals.append(lead_id)
        return set(result)

    def new_id(self, kind: str) -> str:
        """Return a new id."""
        self.ids += 1
        return f"{kind}_{self.ids:04d}"

    def is_blocked(self, *contacts: str) -> bool:
        """Return whether one of the contacts is blocked, for the project or for all."""
        return any(
            self.is_blocked_in(contact, scope) for contact in contacts for scope in ("prj_1", ALL_PROJECTS)
        )

    def is_blocked_in(self, contact: str, scope: str) -> bool:
        """Return whether a contact is blocked in one scope now."""
        end = self.blocked.get((contact, scope), 0)
        return end is None or end > self.now

    def later(self, earlier: int | None, end: int | None) -> int | None:
        """Return the later of a block's end, if it has not passed, and another. None means without end (PRI-12)."""
        if earlier is not None and earlier <= self.now:
            return end
        return None if earlier is None or end is None else max(earlier, end)

    def draw_lead(self, data: st.DataObject) -> str:
        """Return one of the leads."""
        return data.draw(st.sampled_from(sorted(self.stamped)))

    @staticmethod
    def expect(refused: LeadwardenError, *codes: str) -> None:
        """Fail unless it was refused for one of these reasons."""
        assert refused.code in codes


@contextmanager
def survive_faults(disturbance: Trouble) -> Iterator[None]:
    """Disturb the n-th write, and continue if the process dies of it. Without a disturbance nothing may fail."""
    if disturbance is None:
        yield
        return
    does, number = disturbance
    with suppress(Crash, Unavailable), fault(does, on=WRITES, when=step(number)):
        yield
