"""The work on leads as a state machine, compared with a small model (WRK-1 … WRK-14).

Every step is a real use case on moto's tables. Time passes only in steps of the machine. The model has the agent of
each lead, the time of its last activity, and its history. It takes the retention from the facts.
"""

from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule, run_state_machine_as_test

from chalicelib.core.access import Actor
from chalicelib.core.times import DAY_S, local_day
from chalicelib.intake.usecases.receive_lead import Submission, receive_lead
from chalicelib.leads.domain.lead_retention import RetentionRequest
from chalicelib.leads.usecases.read_lead import read_lead
from chalicelib.leads.usecases.set_retention import set_retention
from chalicelib.privacy.usecases.finish_due import finish_due_erasures
from chalicelib.privacy.usecases.place_legal_hold import release_legal_hold
from chalicelib.work.domain.activities import CallTag, Comment, LoggedCall, Recordable, single
from chalicelib.work.usecases.assign_lead import reassign_leads
from chalicelib.work.usecases.record_activity import Recording, record_activity
from chalicelib.work.usecases.retire_leads import RetirementSweep, retire_leads
from chalicelib.work.usecases.set_follow_up import set_follow_up
from chalicelib.work.usecases.set_outcome import set_outcome
from chalicelib.work.usecases.set_stage import set_stage
from tests.conftest import clear_caches
from tests.factories.leads import LEAD
from tests.factories.work import change_project_settings
from tests.harness.profiles import LONG
from tests.scenarios.invariants import TROUBLES, Trouble, survive_faults
from tests.scenarios.work_model import LeadModel, read_tables, retirements_of
from tests.scenarios.work_state import AGENTS, MANAGER_OF_BOTH, PROJECTS, ZONES, WorkState

SOMEBODY = st.sampled_from(AGENTS)
HOURS = st.sampled_from([None, "mon-fri 09:00-17:00", "mon-sat 20:00-24:00, sun 00:00-06:00"])
PERIODS = st.sampled_from(["PT1H", "P1D", "P7D", None])
ACTIVITIES = st.sampled_from(
    [Comment("Called back."), LoggedCall("outgoing", "answered"), CallTag("interested")]
)
STAGES = st.sampled_from([None, None, "new", "contacted", "closed"])
PASSING = st.one_of(
    st.sampled_from([1, 3600, DAY_S, 3 * DAY_S]), st.sampled_from(["to a retirement", "to a second before"])
)


class WorkMachine(WorkState):
    """Actions of people and sources, schedules, and the conditions that hold at any moment."""

    def teardown(self) -> None:
        """Let a week pass and check its forecast."""
        try:
            if self.known:
                self.steps = -1
                self.WRK_10_the_lists_agree_with_the_facts()
                self.WRK_13_the_forecast_is_right_if_only_time_passes(8)
        finally:
            self.aws.stop()
            clear_caches()

    # actions of people and sources

    @initialize()
    def begin(self) -> None:
        """Start with assigned leads. One is held for longer than the period of inactivity."""
        for campaign_id in PROJECTS:
            self.receive(campaign_id)
        self._give("lead_1", "usr_1")
        self.receive("cmp_2")
        self._hold("lead_3", 10)

    @precondition(lambda self: len(self.known) < 6)
    @rule(campaign_id=st.sampled_from(sorted(PROJECTS)))
    def receive(self, campaign_id: str) -> None:
        """A lead comes in. One of the campaigns assigns it at once."""
        lead_id = f"lead_{len(self.known) + 1}"
        receipt = receive_lead(Submission(campaign_id, LEAD, None, lead_id), self.now)
        assert receipt.facts is not None
        agent_id = "usr_2" if campaign_id == "cmp_2" else None
        self.known[lead_id] = LeadModel(PROJECTS[campaign_id], self.now, agent_id)

    @rule(data=st.data(), activity=ACTIVITIES)
    def WRK_3_an_activity_starts_the_clock(self, data: st.DataObject, activity: Recordable) -> None:
        """An agent comments, calls or tags."""
        lead_id = self.draw_lead(data)
        self._work(
            lead_id,
            lambda actor: record_activity(actor, lead_id, Recording(single(activity)), "req_1", self.now),
            self._listed(lead_id).touched(activity.kind, self.now),
        )

    @rule(data=st.data(), drawn=STAGES)
    def WRK_3_only_another_stage_starts_the_clock(self, data: st.DataObject, drawn: str | None) -> None:
        """An agent sets a stage, perhaps the present one."""
        lead_id = self.draw_lead(data)
        known = self.known[lead_id]
        stage = drawn or known.stage
        closing = stage in self.projects[known.project_id].closing
        after = known.touched("stage", self.now, stage=stage, closing=closing)
        worklist = self._listed(lead_id)
        same = known if worklist == known else worklist.after("stage")
        self._work(
            lead_id,
            lambda actor: set_stage(actor, lead_id, stage, self.now),
            same if stage == known.stage else after,
        )

    @rule(data=st.data(), outcome=st.sampled_from(["won", "lost", None]))
    def outcome(self, data: st.DataObject, outcome: str | None) -> None:
        """An agent sets an outcome, or removes it. One outcome sets the retention."""
        lead_id = self.draw_lead(data)
        known = self.known[lead_id]
        after = self._listed(lead_id).touched("outcome", self.now, outcome=outcome)

        def record(actor: Actor) -> None:
            self.confirmed(lambda token: set_outcome(actor, lead_id, outcome, token, self.now))

        self._work(lead_id, record, known if outcome == known.outcome else after)

    @rule(data=st.data(), ahead=st.sampled_from([0, 1, 30, None]))
    def WRK_3_a_follow_up_starts_no_clock(self, data: st.DataObject, ahead: int | None) -> None:
        """An agent sets the day of the next follow-up, or none."""
        lead_id = self.draw_lead(data)
        known = self.known[lead_id]
        day = None if ahead is None else local_day(self.now + ahead * DAY_S, "UTC")
        after = known.after("follow_up", follow_up=day)
        closed = ("closed",) if known.closed and day is not None else ()
        self._work(
            lead_id,
            lambda actor: set_follow_up(actor, lead_id, day, self.now),
            known if day == known.follow_up else after,
            *closed,
        )

    @rule(data=st.data())
    def WRK_3_a_view_starts_no_clock(self, data: st.DataObject) -> None:
        """A user reads a lead."""
        lead_id = self.draw_lead(data)
        read_lead(self._access(self._worker(lead_id)), lead_id, self.now)

    @rule(data=st.data(), agent_id=st.sampled_from([*AGENTS, None]))
    def WRK_11_a_reassigned_lead_has_a_fresh_clock(self, data: st.DataObject, agent_id: str | None) -> None:
        """A manager assigns a lead, retired or not, or takes it back."""
        self._give(self.draw_lead(data), agent_id)

    @rule(project_id=st.sampled_from(sorted(ZONES)), agent_id=SOMEBODY)
    def WRK_11_all_retired_leads_are_reassigned(self, project_id: str, agent_id: str) -> None:
        """A manager assigns every retired lead of a project to one agent."""
        retired = [
            lead_id
            for lead_id, lead in self.known.items()
            if lead.project_id == project_id and lead.agent_id is None and lead.retired
        ]
        results = reassign_leads(MANAGER_OF_BOTH, project_id, retired, agent_id, self.now)
        for result in results:
            assert result.error in self._refusals(result.lead_id)
            if result.error is None:
                self._given(result.lead_id, agent_id)

    @rule(data=st.data(), days=st.sampled_from([1, 10, 30]))
    def hold(self, data: st.DataObject, days: int) -> None:
        """The desk places a legal hold on a lead before its deadline."""
        self._hold(self.draw_lead(data), days)

    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        """The desk releases a legal hold. A person past the deadline is erased at once."""
        lead_id = self.draw_lead(data)
        held = self.facts(lead_id).retention.has_legal_hold(self.now)
        self.confirmed(lambda token: release_legal_hold(MANAGER_OF_BOTH, lead_id, token, self.now))
        if held:
            self.known[lead_id] = self.known[lead_id].after("hold_released")

    @rule(data=st.data(), days=st.sampled_from([1, 30]))
    def set_lead_end(self, data: st.DataObject, days: int) -> None:
        """A manager sets a lead's end some days from now, if allowed."""
        lead_id = self.draw_lead(data)
        retention = self.facts(lead_id).retention
        if retention.is_changeable(self.now) and self.facts(lead_id).is_live(self.now):
            request = RetentionRequest(until=self.now + days * DAY_S)
            before = self.facts(lead_id).version
            self.confirmed(lambda token: set_retention(MANAGER_OF_BOTH, lead_id, request, token, self.now))
            if self.facts(lead_id).version != before:
                self.known[lead_id] = self.known[lead_id].after("retention")

    @rule(project_id=st.sampled_from(sorted(ZONES)), period=PERIODS)
    def change_period(self, project_id: str, period: str | None) -> None:
        """A manager changes a project's period of inactivity, or switches retirement off (WRK-6)."""
        change_project_settings(project_id, inactivity=period)
        self.projects[project_id].period = period

    @rule(project_id=st.sampled_from(sorted(ZONES)), hours=HOURS)
    def change_hours(self, project_id: str, hours: str | None) -> None:
        """A manager changes a project's working hours, or removes them (WRK-6a)."""
        change_project_settings(project_id, working_hours=hours)
        self.projects[project_id].hours = hours

    @rule(project_id=st.sampled_from(sorted(ZONES)), closing=st.sampled_from([(), ("contacted", "closed")]))
    def change_closing_stages(self, project_id: str, closing: tuple[str, ...]) -> None:
        """A manager changes the closing stages."""
        change_project_settings(project_id, closing_stages=closing)
        self.projects[project_id].closing = closing

    # schedules and time

    @rule()
    def erase_overdue(self) -> None:
        """The schedule finishes erasures."""
        assert finish_due_erasures(lambda: True, self.now).failed == 0

    def _sweep(self) -> None:
        expected = {lead_id: self._swept(lead_id) for lead_id in self.known}
        retired = sum(
            expected[lead_id].retired and not known.retired for lead_id, known in self.known.items()
        )
        sweep: RetirementSweep = retire_leads(lambda: self.now, lambda: True)
        assert (sweep.retired, sweep.failed, sweep.oldest_overdue_s) == (retired, 0, 0)
        self.known = expected
        self.WRK_1_the_facts_agree_with_the_model()

    @rule()
    def WRK_8_a_whole_sweep_leaves_nothing_overdue(self) -> None:
        """The sweep runs with all the time it needs."""
        self._sweep()

    @rule(times=st.integers(0, 4))
    def WRK_8_another_sweep_finishes_one_without_time(self, times: int) -> None:
        """The sweep runs out of time at any point."""
        left = iter(range(times))
        retire_leads(lambda: self.now, lambda: next(left, None) is not None)
        self._read_sweep()

    @rule(disturbance=TROUBLES)
    def WRK_8_a_disturbed_sweep_retires_some_leads(self, disturbance: Trouble) -> None:
        """The sweep dies, or an answer is lost."""
        with survive_faults(disturbance):
            retire_leads(lambda: self.now, lambda: True)
        self._read_sweep()

    @rule(passing=PASSING, data=st.data())
    def tick(self, passing: int | str, data: st.DataObject) -> None:
        """Time passes: a while, or exactly to where a lead is overdue."""
        if isinstance(passing, int):
            self.now += passing
            return
        ahead = sorted({at for at in map(self.retires_at, self.known) if at is not None and at > self.now})
        if ahead:
            self.now = max(self.now, data.draw(st.sampled_from(ahead)) - (passing == "to a second before"))

    @rule(days=st.sampled_from([1, 3]))
    def WRK_13_the_forecast_is_right_if_only_time_passes(self, days: int) -> None:
        """Some days pass without an action, and the sweep runs whenever a lead is overdue."""
        began, until = self.now, self.now + days * DAY_S
        before = read_tables()
        forecast = {project_id: self._forecast(project_id, days) for project_id in ZONES}
        ahead = {at for at in map(self.retires_at, self.known) if at is not None and began < at <= until}
        for at in (began, *sorted(ahead), until):
            self.now = at
            self._sweep()
        happened: dict[str, Counter[tuple[str, str]]] = {project_id: Counter() for project_id in ZONES}
        tables = read_tables()
        for lead_id, known in self.known.items():
            for retirement in retirements_of(tables, lead_id)[len(retirements_of(before, lead_id)) :]:
                (previous,) = (
                    change["before"] for change in retirement["fields"] if change["name"] == "agent_id"
                )
                happened[known.project_id][
                    previous, local_day(retirement["at"], ZONES[known.project_id])
                ] += 1
        assert forecast == happened

    # conditions that hold at any moment

    @invariant()
    def WRK_1_the_facts_agree_with_the_model(self) -> None:
        """Each live lead is in exactly one list, with the place and the time of the model."""
        tables = read_tables()
        for lead_id, known in self.known.items():
            facts = tables.facts[lead_id]
            if facts.erased_at is not None:
                assert tables.worklists[lead_id] is None
                continue
            assert tables.worklists[lead_id] == known.worklist
            assert facts.worklist_at == known.since
            assert (facts.stage, facts.outcome, facts.closing) == (known.stage, known.outcome, known.closing)
            assert facts.follow_up_on == known.follow_up

    @invariant()
    def WRK_8_each_retirement_has_one_entry(self) -> None:
        """History and ledger have each action as often as it was done, and nothing is lost."""
        tables = read_tables()
        for lead_id, known in self.known.items():
            facts = tables.facts[lead_id]
            assert facts.retired_at is None or (facts.last_activity_at or 0) <= facts.retired_at
            assert (facts.retired_at is None) != known.retired or facts.erased_at is not None
            history = tables.histories.get(lead_id, [])
            past = self.past.get(lead_id, [])
            assert history[: len(past)] == past
            self.past[lead_id] = history
            assert [entry["kind"] for entry in history] == list(known.done)
            assert len(retirements_of(tables, lead_id)) == known.done.count("retired")

    @invariant()
    def WRK_10_the_lists_agree_with_the_facts(self) -> None:
        """Every live lead is in one list, in order, and a retired lead is in no agent's list."""
        if not self._checks_readers():
            return
        shown: list[str] = []
        for agent_id, actor in self.agents.items():
            for show, kind in (("all", "open"), ("closed", "closed")):
                names = {f"{kind}#{project_id}#{agent_id}" for project_id in ZONES}
                shown += self._compare_list(self._own(show, actor), names)
        for project_id in ZONES:
            for show in ("retired", "unassigned"):
                shown += self._compare_list(self._managed(show, project_id), {f"{show}#{project_id}"})
        assert sorted(shown) == sorted(filter(self.is_shown, self.known))

    @invariant()
    def WRK_12_the_warnings_agree_with_the_model(self) -> None:
        """The warnings for agents and managers are those of the model."""
        if not self._checks_readers():
            return
        risky = {lead_id for lead_id in self.known if self._is_at_risk(lead_id)}
        today = local_day(self.now, "UTC")
        for agent_id, actor in self.agents.items():
            theirs = {item for item in self.known if self.known[item].agent_id == agent_id}
            assert set(self._own("at_risk", actor)) == risky & theirs
            due = {
                item
                for item in filter(self.is_shown, theirs)
                if (self.known[item].follow_up or "9999") <= today and not self.known[item].closed
            }
            assert set(self._own("follow_ups", actor)) == due
        for project_id in ZONES:
            of_project = {item for item in risky if self.known[item].project_id == project_id}
            assert set(self._managed("at_risk", project_id)) == of_project


@pytest.mark.usefixtures("environment")
def test_WRK_3_WRK_8_WRK_10_WRK_11_WRK_13_any_order_of_work_sweeps_and_time_keeps_the_rules() -> None:
    run_state_machine_as_test(
        WorkMachine,
        settings=settings(
            max_examples=60 if LONG else 5,
            stateful_step_count=40 if LONG else 25,
            deadline=None,
            derandomize=not LONG,
            database=None,
            phases=(Phase.generate, Phase.shrink) if LONG else (Phase.generate,),
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
