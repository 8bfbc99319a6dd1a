"""The work on leads as a state machine, compared with a small model (WRK-1 … WRK-14).

Every step is a real use case on moto's tables. Time passes only in steps of the machine. The model has the agent of
each lead, the time of its last activity, and its history. It takes the retention from the facts.
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from chalicelib.aws.dynamodb.rows import Row
from chalicelib.campaigns.domain.campaign import Assignment, Campaign
from chalicelib.core.access import Actor
from chalicelib.core.confirmations import Confirmation, digest_of
from chalicelib.core.errors import ConfirmationRequired, Conflict, LeadwardenError
from chalicelib.core.retention import Policy
from chalicelib.core.times import DAY_S, local_day, seconds_of
from chalicelib.intake.usecases.receive_lead import Submission, receive_lead
from chalicelib.jobs.usecases.run_steps import advance
from chalicelib.leads.domain.lead_retention import RetentionRequest
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.store import leads, leads_rows
from chalicelib.leads.usecases.read_lead import read_lead
from chalicelib.leads.usecases.set_retention import set_retention
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain.entries import Access
from chalicelib.organisation.domain.configuration import OutcomeRule, Project
from chalicelib.privacy.usecases.finish_due import finish_due_erasures
from chalicelib.privacy.usecases.place_legal_hold import place_legal_hold, release_legal_hold
from chalicelib.work.domain.activities import CallTag, Comment, LoggedCall, Recordable
from chalicelib.work.usecases.assign_lead import assign_lead, reassign_leads
from chalicelib.work.usecases.forecast_retirements import forecast_retirements
from chalicelib.work.usecases.read_worklists import managed_worklist, own_worklist
from chalicelib.work.usecases.record_activity import Recording, record_activity
from chalicelib.work.usecases.retire_leads import RetirementSweep, retire_leads
from chalicelib.work.usecases.set_follow_up import set_follow_up
from chalicelib.work.usecases.set_outcome import set_outcome
from chalicelib.work.usecases.set_stage import set_stage
from chalicelib.work.usecases.worklists import WorklistPage, WorklistPosition
from tests.conftest import clear_caches, make_aws
from tests.factories.leads import LEAD, MANAGER, NOW, create_organisation
from tests.factories.work import change_project_settings, create_agent
from tests.harness.api import add_item
from tests.scenarios.invariants import TROUBLES, Trouble, survive_faults

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
PROJECTS = {"cmp_1": "prj_1", "cmp_2": "prj_2"}
ZONES = {"prj_1": "UTC", "prj_2": "Pacific/Pago_Pago"}
OUTCOMES = (OutcomeRule("won"), OutcomeRule("lost", 2))
MANAGER_OF_BOTH = replace(MANAGER, project_ids=frozenset(ZONES))
AGENTS = ("usr_1", "usr_2")
SOMEBODY = st.sampled_from(AGENTS)
PERIODS = st.sampled_from(["PT1H", "P1D", "P7D", None])
ACTIVITIES = st.sampled_from(
    [Comment("Called back."), LoggedCall("outgoing", "answered"), CallTag("interested")]
)
STAGES = st.sampled_from([None, None, "new", "contacted", "closed"])
PASSING = st.one_of(
    st.sampled_from([1, 3600, DAY_S, 3 * DAY_S]), st.sampled_from(["to a retirement", "to a second before"])
)


@dataclass(frozen=True)
class LeadModel:
    """The model's state of a lead's work."""

    project_id: str
    since: int
    agent_id: str | None = None
    retired_from: str | None = None
    stage: str = "new"
    outcome: str | None = None
    closing: bool = False
    follow_up: str | None = None
    done: tuple[str, ...] = ()

    @property
    def closed(self) -> bool:
        """Return whether the work is done."""
        return self.outcome is not None or self.closing

    @property
    def retired(self) -> bool:
        """Return whether the lead was retired and not reassigned since."""
        return self.retired_from is not None

    @property
    def worklist(self) -> str:
        """Return the one worklist of the lead (WRK-1)."""
        if self.agent_id is None:
            return f"{'retired' if self.retired else 'unassigned'}#{self.project_id}"
        return f"{'closed' if self.closed else 'open'}#{self.project_id}#{self.agent_id}"

    def after(self, what: str, **values: Any) -> "LeadModel":
        """Return the state after an action. A closed lead has no follow-up."""
        known = replace(self, **values, done=(*self.done, what))
        return replace(known, follow_up=None) if known.closed and what in ("stage", "outcome") else known

    def relisted(self, closing: tuple[str, ...]) -> "LeadModel":
        """Return the state with the list of its present stage, which starts no clock (WRK-1)."""
        known = replace(self, closing=self.stage in closing)
        return replace(known, follow_up=None) if known.closed and known.closing != self.closing else known

    def touched(self, what: str, now: int, **values: Any) -> "LeadModel":
        """Return the state after an activity, which starts the clock of an assigned lead (WRK-3)."""
        return self.after(what, **({"since": now} if self.agent_id else {}) | values)


@dataclass
class ProjectModel:
    """The model's state of a project."""

    period: str | None = "P7D"
    closing: tuple[str, ...] = ("closed",)

    @property
    def period_s(self) -> int:
        """Return the period of inactivity in seconds."""
        return seconds_of(self.period or "")


@dataclass(frozen=True)
class WorkTables:
    """The rows of the tables: facts, histories and the ledger, each in order."""

    facts: dict[str, Facts]
    worklists: dict[str, str | None]
    histories: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    recorded: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


def read_tables() -> WorkTables:
    """Return the rows of the tables from below the SDK, because reading through it would take most of the time."""
    tables = WorkTables({}, {})
    for raw in _raw(leads_rows.FactsRow):
        lead_id = raw["lead_id"]["S"]
        if raw["part"]["S"] == leads.LEAD:
            row = leads_rows.FactsRow.from_raw_data(raw)
            tables.facts[lead_id], tables.worklists[lead_id] = leads_rows.facts_of(row), row.worklist
        else:
            tables.histories.setdefault(lead_id, []).append(json.loads(raw["body"]["S"]))
    for raw in _raw(ledger.LedgerRow):
        tables.recorded.setdefault(raw["subject"]["S"], []).append(json.loads(raw["body"]["S"]))
    return tables


def _retirements(tables: WorkTables, lead_id: str) -> list[dict[str, Any]]:
    """Return the ledger's entries of a lead's retirements."""
    return [item for item in tables.recorded.get(f"lead/{lead_id}", []) if item["action"] == "retired"]


def _raw(model: type[Row]) -> Iterator[dict[str, Any]]:
    """Yield the rows of a table as the store has them, in the order of their keys."""
    table = dynamodb_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].tables[model._get_connection().table_name]
    for item in table.all_items():
        yield item.to_json()["Attributes"]


class WorkMachine(RuleBasedStateMachine):
    """Two projects, two agents in both, a manager, and time."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.asked = 0
        self.aws = mock_aws()
        self.aws.start()
        clear_caches()
        make_aws()
        create_organisation(Policy(20), max_lag="PT0S")
        change_project_settings("prj_1", inactivity="P7D", outcomes=OUTCOMES)
        add_item(
            Project(
                id="prj_2",
                version=1,
                name="Cards",
                zone=ZONES["prj_2"],
                inactivity="P7D",
                outcomes=OUTCOMES,
            )
        )
        self.agents = {name: create_agent(name, *ZONES) for name in AGENTS}
        add_item(
            Campaign(
                id="cmp_2",
                version=1,
                name="Cards",
                project_id="prj_2",
                lead_type_id="lt_1",
                source="site",
                assignment=Assignment(user_id="usr_2"),
            )
        )
        self.projects = {project_id: ProjectModel() for project_id in ZONES}
        self.known: dict[str, LeadModel] = {}
        self.past: dict[str, list[dict[str, Any]]] = {}
        self.steps = 0

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
            lambda actor: record_activity(actor, lead_id, Recording(activity), "req_1", self.now),
            self._listed(lead_id).touched(activity.kind, self.now),
        )

    @rule(data=st.data(), wanted=STAGES)
    def WRK_3_only_another_stage_starts_the_clock(self, data: st.DataObject, expected: str | None) -> None:
        """An agent sets a stage, perhaps the present one."""
        lead_id = self.draw_lead(data)
        known = self.known[lead_id]
        stage = expected or known.stage
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
            for lead_id, one in self.known.items()
            if one.project_id == project_id and one.agent_id is None and one.retired
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
        held = self.facts(lead_id).retention.is_held(self.now)
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
            for retirement in _retirements(tables, lead_id)[len(_retirements(before, lead_id)) :]:
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
            assert len(_retirements(tables, lead_id)) == known.done.count("retired")

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

    # the model

    def draw_lead(self, data: st.DataObject) -> str:
        """Return one of the leads; of the erased ones at most the first, because nothing happens to them."""
        all_facts = read_tables().facts
        gone = [lead_id for lead_id in sorted(self.known) if not all_facts[lead_id].is_live(self.now)]
        return data.draw(st.sampled_from([item for item in sorted(self.known) if item not in gone[1:]]))

    def facts(self, lead_id: str) -> Facts:
        """Return a lead's facts as they are now."""
        return read_tables().facts[lead_id]

    def is_shown(self, lead_id: str) -> bool:
        """Return whether a lead is shown for work: live, and not kept by a legal hold alone."""
        facts = self.facts(lead_id)
        return facts.is_live(self.now) and not facts.retention.is_held_over(self.now)

    def retires_at(self, lead_id: str) -> int | None:
        """Return when a lead would retire: after its period since the last activity, and after any legal hold."""
        known, project, facts = self.known[lead_id], self._project(lead_id), self.facts(lead_id)
        if project.period is None or known.agent_id is None or known.closed or known.stage in project.closing:
            return None
        at = max(known.since + project.period_s, facts.retention.hold_until or 0)
        return None if facts.erase_at is not None and facts.erase_at <= at else at

    @staticmethod
    def expect(refused: LeadwardenError, *codes: str | None) -> None:
        """Fail unless it was refused for one of these reasons."""
        assert refused.code in codes

    def confirmed(self, work: Callable[[Confirmation | None], object]) -> None:
        """Call an action that may require a confirmation."""
        try:
            work(None)
        except ConfirmationRequired as asked:
            work(Confirmation(digest_of(asked.binding), digest_of(("token", *asked.binding))))

    def _checks_readers(self) -> bool:
        """Return whether to check the readers, which is slow: at every sixth step, in a long run at every second."""
        self.steps += 1
        return self.steps % (4 if LONG else 12) < 2

    def _project(self, lead_id: str) -> ProjectModel:
        return self.projects[self.known[lead_id].project_id]

    def _listed(self, lead_id: str) -> LeadModel:
        return self.known[lead_id].relisted(self._project(lead_id).closing)

    def _worker(self, lead_id: str) -> Actor:
        agent_id = self.known[lead_id].agent_id
        return MANAGER_OF_BOTH if agent_id is None else self.agents[agent_id]

    def _access(self, actor: Actor) -> Access:
        self.asked += 1
        return Access(actor, "view", f"req_{self.asked}")

    def _refusals(self, lead_id: str) -> tuple[str | None, ...]:
        facts = self.facts(lead_id)
        if not facts.is_live(self.now):
            return ("erased",)
        return ("legal_hold",) if facts.retention.is_held_over(self.now) else (None,)

    def _work(
        self, lead_id: str, action: Callable[[Actor], object], after: LeadModel, *refusals: str
    ) -> None:
        """Act on a lead as its worker. It succeeds if permitted; otherwise nothing changes."""
        expected = self._refusals(lead_id)
        if expected == (None,):
            expected = ("retired",) if self.known[lead_id].retired else (refusals or (None,))
        try:
            action(self._worker(lead_id))
        except Conflict as refused:
            self.expect(refused, *expected)
            return
        assert expected == (None,)
        self.known[lead_id] = after

    def _give(self, lead_id: str, agent_id: str | None) -> None:
        expected = self._refusals(lead_id)
        try:
            assign_lead(MANAGER_OF_BOTH, lead_id, agent_id, self.now)
        except Conflict as refused:
            self.expect(refused, *expected)
            return
        assert expected == (None,)
        self._given(lead_id, agent_id)

    def _hold(self, lead_id: str, days: int) -> None:
        """Place a legal hold on a lead. Repeating it changes nothing."""
        retention, until = self.facts(lead_id).retention, self.now + days * DAY_S
        try:
            place_legal_hold(MANAGER_OF_BOTH, lead_id, "dispute", until, self.now)
            if retention.hold_until != until:
                self.known[lead_id] = self.known[lead_id].after("hold")
        except Conflict as refused:
            self.expect(refused, "deadline_passed")
            assert retention.due_at is not None
            assert retention.due_at <= self.now

    def _given(self, lead_id: str, agent_id: str | None) -> None:
        known = self.known[lead_id]
        if known.agent_id == agent_id and (agent_id is not None or not known.retired):
            return
        had = known.agent_id or known.retired_from
        what = "unassigned" if agent_id is None else "reassigned" if had else "assigned"
        worklist = self._listed(lead_id)
        self.known[lead_id] = worklist.after(what, agent_id=agent_id, retired_from=None, since=self.now)

    def _swept(self, lead_id: str) -> LeadModel:
        """Return the state of a lead after a sweep now."""
        known, project = self.known[lead_id], self._project(lead_id)
        idle = (
            project.period is not None
            and known.agent_id is not None
            and not known.closed
            and known.since + project.period_s <= self.now
        )
        if idle and known.stage in project.closing and self.is_shown(lead_id):
            return known.after("stage", closing=True)
        at = self.retires_at(lead_id)
        if at is None or at > self.now or not self.is_shown(lead_id):
            return known
        return known.after("retired", agent_id=None, retired_from=known.agent_id, since=self.now)

    def _sweep(self) -> None:
        expected = {lead_id: self._swept(lead_id) for lead_id in self.known}
        retired = sum(expected[one].retired and not known.retired for one, known in self.known.items())
        sweep: RetirementSweep = retire_leads(lambda: self.now, lambda: True)
        assert (sweep.retired, sweep.failed, sweep.oldest_overdue_s) == (retired, 0, 0)
        self.known = expected
        self.WRK_1_the_facts_agree_with_the_model()

    def _read_sweep(self) -> None:
        """Read which leads an incomplete sweep reached. Each is as before, or as after a sweep."""
        for lead_id, known in self.known.items():
            swept = self._swept(lead_id)
            worklist = self.facts(lead_id).worklist
            assert worklist in (None, known.worklist, swept.worklist)
            if worklist == swept.worklist:
                self.known[lead_id] = swept

    def _forecast(self, project_id: str, days: int) -> Counter[tuple[str, str]]:
        work = advance(forecast_retirements(MANAGER_OF_BOTH, project_id, days, self.now), 1000, self.now)
        assert work.position is None
        return Counter(
            {(agent, day): count for agent, by_day in work.tally.items() for day, count in by_day.items()}
        )

    def _is_at_risk(self, lead_id: str) -> bool:
        at = self.retires_at(lead_id)
        warning = self._project(lead_id).period_s // 4 if at is not None else 0
        return self.is_shown(lead_id) and at is not None and at <= self.now + warning

    def _compare_list(self, listed: list[str], names: set[str]) -> list[str]:
        """Compare a list with the model, in order. Return it."""
        assert set(listed) == {
            item for item in filter(self.is_shown, self.known) if self.known[item].worklist in names
        }
        instants = [self.known[item].since for item in listed]
        assert instants == sorted(instants)
        return listed

    def _own(self, show: str, actor: Actor) -> list[str]:
        return self._paged(lambda after: own_worklist(self._access(actor), show, 3, after, self.now))

    def _managed(self, show: str, project_id: str) -> list[str]:
        access = self._access(MANAGER_OF_BOTH)
        return self._paged(lambda after: managed_worklist(access, project_id, show, 3, after, self.now))

    def _paged(self, read: Callable[[WorklistPosition | None], WorklistPage]) -> list[str]:
        """Read a list to its end, three leads at a time."""
        page = read(None)
        result = [*page.items]
        while page.next is not None:
            page = read(page.next)
            result += page.items
        return [lead.facts.lead_id for lead in result]


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
