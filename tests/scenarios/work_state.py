"""The state machine of the work on leads without its rules: two projects, their leads, and the model."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine
from moto import mock_aws

from chalicelib.campaigns.domain.campaign import Assignment, Campaign
from chalicelib.core.access import Actor
from chalicelib.core.confirmations import Confirmation, binding_digest
from chalicelib.core.errors import ConfirmationRequired, Conflict, LeadwardenError
from chalicelib.core.retention import Policy
from chalicelib.core.times import DAY_S
from chalicelib.jobs.usecases.run_steps import advance
from chalicelib.leads.domain.leads import Facts
from chalicelib.ledger.domain.entries import Access
from chalicelib.organisation.domain.configuration import OutcomeRule, Project
from chalicelib.privacy.usecases.place_legal_hold import place_legal_hold
from chalicelib.work.usecases.assign_lead import assign_lead
from chalicelib.work.usecases.forecast_retirements import forecast_retirements
from chalicelib.work.usecases.read_worklists import managed_worklist, own_worklist
from chalicelib.work.usecases.worklists import WorklistPage, WorklistPosition
from tests.conftest import clear_caches, make_aws
from tests.factories.leads import MANAGER, NOW, create_organisation
from tests.factories.work import change_project_settings, create_agent
from tests.harness.api import add_item
from tests.harness.profiles import LONG
from tests.scenarios.work_model import LeadModel, ProjectModel, read_tables

PROJECTS = {"cmp_1": "prj_1", "cmp_2": "prj_2"}
ZONES = {"prj_1": "UTC", "prj_2": "Pacific/Pago_Pago"}
OUTCOMES = (OutcomeRule("won"), OutcomeRule("lost", 2))
MANAGER_OF_BOTH = replace(MANAGER, project_ids=frozenset(ZONES))
AGENTS = ("usr_1", "usr_2")


class WorkState(RuleBasedStateMachine):
    """Two projects, two agents in both, a manager, and time."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.requests = 0
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
        self.projects = {project_id: ProjectModel(zone) for project_id, zone in ZONES.items()}
        self.known: dict[str, LeadModel] = {}
        self.past: dict[str, list[dict[str, Any]]] = {}
        self.steps = 0

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
        return facts.is_live(self.now) and not facts.retention.is_kept_by_hold(self.now)

    def retires_at(self, lead_id: str) -> int | None:
        """Return when a lead would retire: after its period since the last activity, and after any legal hold."""
        known, project, facts = self.known[lead_id], self._project(lead_id), self.facts(lead_id)
        if project.period is None or known.agent_id is None or known.closed or known.stage in project.closing:
            return None
        at = max(project.after(known.since), facts.retention.hold_until or 0)
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
            work(Confirmation(binding_digest(asked.binding), binding_digest(("token", *asked.binding))))

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
        self.requests += 1
        return Access(actor, "view", f"req_{self.requests}")

    def _refusals(self, lead_id: str) -> tuple[str | None, ...]:
        facts = self.facts(lead_id)
        if not facts.is_live(self.now):
            return ("erased",)
        return ("legal_hold",) if facts.retention.is_kept_by_hold(self.now) else (None,)

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
            and project.after(known.since) <= self.now
        )
        if idle and known.stage in project.closing and self.is_shown(lead_id):
            return known.after("stage", closing=True)
        at = self.retires_at(lead_id)
        if at is None or at > self.now or not self.is_shown(lead_id):
            return known
        return known.after("retired", agent_id=None, retired_from=known.agent_id, since=self.now)

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
        if at is None or not self.is_shown(lead_id):
            return False
        return at <= self._project(lead_id).after(self.now, part=4)

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
