"""A contact with very many leads, written straight to the running stack's tables as the intake writes them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from chalicelib import clock
from chalicelib.aws.dynamodb import batch
from chalicelib.core.access import Actor
from chalicelib.core.chunks import chunks
from chalicelib.intake.domain import new_lead
from chalicelib.intake.domain.decision import DecisionInput, Stored
from chalicelib.intake.domain.decision_record import decision_record
from chalicelib.intake.usecases.evaluate_lead import PreparedSubmission, Submission, evaluate, prepare
from chalicelib.leads.domain.duplicate_index import Window
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.store import contact_index, leads, people
from chalicelib.leads.store.leads_rows import FactsRow
from tests.e2e.in_process import in_process
from tests.e2e.stack import Stack
from tests.e2e.toggles import without_records

_DAYS, _DAY_S = 8, 86_400
_ROWS_AT_ONCE = 250
_WITH_COMMENTS_EVERY, _COMMENTS = 50, 2
_ADDRESSES_EVERY = 4
_FIRST_NAME = "Quillon"


@dataclass(frozen=True)
class BigContact:
    """The phone number, and the ids of its leads, oldest first. All persons have one first name."""

    phone: str
    lead_ids: list[str]
    first_name: str = _FIRST_NAME


def put_leads(stack: Stack, campaign_id: str, agent_id: str, phone: str, count: int) -> BigContact:
    """Store leads of one number, which were received during the last days and are processed.

    One decision of the intake holds for all of them, because they are alike. Their rows are those of the intake: facts,
    person, entries of the contact index, and of the duplicate index for the last leads of each contact. Every second
    lead belongs to the agent, and some have comments.
    """
    with without_records(stack, "after-intake"), in_process(stack, "intake"):
        now = clock.now()
        made = list(_leads(campaign_id, agent_id, phone, count, now))
        _put(write for lead in made for write in lead.writes(now))
        _put(_windows(made, now))
    return BigContact(phone, [lead.facts.lead_id for lead in made])


@dataclass(frozen=True)
class _Lead:
    """A lead that is not stored yet."""

    number: int
    prepared: PreparedSubmission
    case: DecisionInput
    facts: Facts

    def writes(self, now: int) -> Iterator[batch.Put]:
        """Yield the rows of the intake, with the mark that the lead is counted, and comments."""
        keys, facts = self.prepared.keys, self.facts
        person = new_lead.person_of(self.prepared.parsed, keys, new_lead.DecisionRecord())
        put = leads.insert(facts)
        assert isinstance(put.row, FactsRow)
        put.row.counted = 1
        yield put
        yield people.insert(facts.lead_id, person, facts.erase_at, now)
        yield from (contact_index.put_lead(ref, facts, now) for ref in keys.refs)
        if self.number % _WITH_COMMENTS_EVERY == 0:
            for entry in range(_COMMENTS):
                yield people.add_comment(facts, f"act_{entry}", f"Called about order {self.number}.", now)


def _leads(campaign_id: str, agent_id: str, phone: str, count: int, now: int) -> Iterator[_Lead]:
    source = Actor("credential", "crd_big", campaign_ids=frozenset({campaign_id}))
    case = stored = record = None
    for number in range(count):
        values = {"first_name": _FIRST_NAME, "phone": phone, "external_id": f"order {number}"}
        if number % _ADDRESSES_EVERY == 0:
            values["email"] = f"quillon{number}@example.org"
        received_at = now - (count - number) * _DAYS * _DAY_S // count
        prepared = prepare(Submission(campaign_id, values, source, clock.new_id("lead")), now)
        if case is None or stored is None or record is None:
            case, evaluation = evaluate(prepared, now)
            assert isinstance(evaluation.decision, Stored), evaluation.decision
            stored, record = evaluation.decision, decision_record(case, evaluation, {})
        given, stage = agent_id if number % 2 else None, prepared.context.project.stages[0]
        facts = new_lead.facts_of(
            case.campaign, prepared.parsed, stored, prepared.keys, record, given, stage, received_at
        )
        yield _Lead(number, prepared, case, facts)


def _windows(made: Iterable[_Lead], now: int) -> Iterator[batch.Put]:
    windows: dict[str, Window] = {}
    for lead in made:
        kind = lead.prepared.context.lead_type.id
        before = [windows.get(ref) or Window(ref, kind) for ref in lead.prepared.keys.windows.values()]
        for window in new_lead.updated_windows(lead.facts, before):
            windows[window.ref] = window
    for window in windows.values():
        put = contact_index.put_window(replace(window, version=1), now)
        assert isinstance(put, batch.Put)
        yield put


def _put(writes: Iterable[batch.Put]) -> None:
    for some in chunks(writes, _ROWS_AT_ONCE):
        for model in {type(put.row) for put in some}:
            with model.batch_write() as written:
                for put in some:
                    if type(put.row) is model:
                        written.save(put.row)
