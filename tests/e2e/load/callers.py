"""Run a plan: callers send its actions in their order, side by side, while two files are imported."""

import csv
import io
import threading
import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import requests

from infra.local.api import Answer
from infra.local.stack_config import require_loopback
from tests.e2e.load.outcome import Forgotten, Imported, Outcome, Posted
from tests.e2e.load.plan import FIRST, OF_CONTACT_KEPT_OUT, OPEN, SPARE, Action, Forget, Person, Plan, Post
from tests.e2e.load.target import Target
from tests.e2e.stack import eventually

_TRIES = 60
_PAUSE_S = 0.5
_POLL_S = 1.0
_DONE = ("done", "failed", "cancelled")


def run(plan: Plan, target: Target, callers: int) -> Outcome:
    """Do everything of a plan and return the outcome, once the files are imported."""
    outcome = Outcome(plan, target.tag)
    work = _Work(target, outcome, plan.actions)
    with ThreadPoolExecutor(callers) as pool, ThreadPoolExecutor(2) as importers:
        files = [importers.submit(work.import_file, kind) for kind in ("block", "leads")]
        sent = [pool.submit(work.do, number) for number in range(len(plan.actions))]
        for future in (*sent, *files):
            future.result()
    return outcome


def probe(target: Target, outcome: Outcome, callers: int) -> None:
    """Post a lead of each person who is blocked or was kept out. Each must be refused."""
    work = _Work(target, outcome, ())
    posts = [Post(FIRST, OPEN, person, f"probe-{person}") for person in sorted(outcome.kept_out())]
    with ThreadPoolExecutor(callers) as pool:
        outcome.probes += pool.map(work.send, posts)


def warm(target: Target, callers: int) -> None:
    """Post test leads and read them with all callers at once, so that the processes run. Test leads are not counted."""
    fields = {**Person(SPARE, target.tag).fields, "test": True}
    path = f"/v1/campaigns/{target.campaigns[OPEN]}/leads"

    def post_and_read(_: int) -> None:
        lead_id = until_answered(lambda: target.source.post(path, fields))[0].body["lead_id"]
        until_answered(lambda: target.manager.get(f"/v1/leads/{lead_id}"))

    with ThreadPoolExecutor(callers) as pool:
        list(pool.map(post_and_read, range(2 * callers)))


def until_answered(send: Callable[[], Answer]) -> tuple[Answer, int]:
    """Send a request until it is answered, as a source does (posting-leads.md); return the answer and the tries."""
    for attempt in range(1, _TRIES + 1):
        try:
            answer = send()
        except OSError:  # the connection broke, or timed out
            answer = None
        if answer is not None and answer.status < 500 and answer.status != 429:
            return answer, attempt
        time.sleep(_PAUSE_S)
    raise AssertionError(f"not answered after {_TRIES} tries")


class _Work:
    """The work of the callers: each action may wait for earlier actions of the same person."""

    def __init__(self, target: Target, outcome: Outcome, actions: tuple[Action, ...]) -> None:
        self._target, self._outcome, self._actions = target, outcome, actions
        self._done = [threading.Event() for _ in actions]

    def do(self, number: int) -> None:
        """Do one action. A forget comes after the earlier posts of its person, which other callers may be sending."""
        action = self._actions[number]
        try:
            if isinstance(action, Post):
                self._outcome.posted.append(self.send(action))
            else:
                for earlier, other in enumerate(self._actions[:number]):
                    if other.person == action.person:
                        self._done[earlier].wait()
                self._outcome.forgotten.append(self._forget(action))
        finally:
            self._done[number].set()

    def send(self, post: Post) -> Posted:
        """Post a lead."""
        fields = self._outcome.person(post.person).fields
        path = f"/v1/campaigns/{self._target.campaigns[post.campaign]}/leads"
        headers, began = {"Idempotency-Key": post.key}, time.monotonic()
        answer, tries = until_answered(lambda: self._target.source.post(path, fields, headers))
        return Posted(post, answer.status, answer.content, began, time.monotonic(), tries)

    def _forget(self, forget: Forget) -> Forgotten:
        """Forget a person, and read each lead of the person at once."""
        began = time.monotonic()
        lead_ids = [
            posted.lead_id
            for posted in self._outcome.stored()
            if posted.post.person == forget.person and posted.lead_id
        ]
        if forget.way == OF_CONTACT_KEPT_OUT:
            contact = {"email": self._outcome.person(forget.person).email}
            orders = [("/v1/contacts/forget", contact)]
        else:
            orders = [(f"/v1/leads/{lead_id}/forget", {}) for lead_id in lead_ids]
        for path, body in orders:
            self._confirmed(path, {**body, "keep_out": forget.keeps_out})
        ended = time.monotonic()
        readable = tuple(lead_id for lead_id in lead_ids if self._is_readable(lead_id))
        return Forgotten(forget, tuple(lead_ids), readable, began, ended, 2 * len(orders))

    def _confirmed(self, path: str, body: dict[str, object]) -> None:
        answer, _ = until_answered(lambda: self._target.manager.confirm("POST", path, body))
        assert answer.status == 200, answer.content

    def _is_readable(self, lead_id: str) -> bool:
        answer, _ = until_answered(lambda: self._target.manager.get(f"/v1/leads/{lead_id}"))
        assert answer.status == 200, answer.content
        return answer.body["state"] != "erased" or answer.body.get("person") is not None

    def import_file(self, kind: str) -> None:
        """Import the file of blocks or of leads, and wait for its end."""
        people = [self._outcome.person(number) for number in self._numbers(kind)]
        scope = self._target.project if kind == "block" else self._target.campaigns[OPEN]
        lines = [
            person.phone if kind == "block" else f"Gus,{person.phone},{person.email}" for person in people
        ]
        content = "\n".join(["phone" if kind == "block" else "first_name,phone,email", *lines, ""])
        began, manager = time.monotonic(), self._target.manager
        started = manager.create(
            "/v1/imports", {"kind": kind, "scope": scope, "filename": f"{kind}.csv", "size": len(content)}
        )
        form, path = started["upload"], f"/v1/imports/{started['job_id']}"
        require_loopback(form["url"])
        sent = requests.post(form["url"], data=form["fields"], files={"file": content.encode()}, timeout=300)
        assert sent.ok, sent.text

        def job() -> dict[str, object]:
            return dict(until_answered(lambda: manager.get(path))[0].body)

        ended = eventually(lambda: result if (result := job())["state"] in _DONE else None, every_s=_POLL_S)
        assert ended["state"] == "done", ended
        lead_ids = _leads_of(str(ended["result_url"])) if kind == "leads" else ()
        by_verdict = ended["rows"]["by_verdict"]
        self._outcome.imported.append(
            Imported(kind, len(lines), by_verdict, lead_ids, began, time.monotonic())
        )

    def _numbers(self, kind: str) -> tuple[int, ...]:
        plan = self._outcome.plan
        return plan.blocked if kind == "block" else plan.imported


def _leads_of(result_url: str) -> tuple[str, ...]:
    """Return the leads that a result file names."""
    require_loopback(result_url)
    with urllib.request.urlopen(result_url, timeout=300) as answer:
        text = answer.read().decode("utf-8-sig")
    return tuple(row["detail"] for row in csv.DictReader(io.StringIO(text, newline="")))
