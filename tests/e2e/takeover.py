"""Prove that this commit takes over a local stack of an earlier one: `python -m tests.e2e.takeover --of COMMIT`.

A checkout of the earlier commit starts a stack, fills it and stops it. The same checkout then moves to the present
HEAD, as with `git pull`, and starts the stack again. Everything must be read, worked, erased and verified. It takes
about five minutes; docs/testing.md says more.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chalicelib.audit.schemas.audit import ReceiptWithProof
from chalicelib.audit.schemas.seals import Seal, SealPage
from chalicelib.audit.usecases.export_sealed import export_sealed
from chalicelib.audit.usecases.read_seals import list_seals, prove
from chalicelib.core.access import Actor, Permission, Role
from chalicelib.ledger.domain.entries import Access
from chalicelib.privacy.usecases.read_receipt import read_receipt
from infra.local import aws
from infra.local.stack_config import ROOT, StackConfig
from infra.verify import main as verify
from tests.e2e.in_process import in_process
from tests.e2e.stack import Stack, eventually
from tests.e2e.walkthrough.privacy_walk import import_file

_HOUR_S, _DAY_S = 3_600, 86_400
_PHONES = [f"+1 202-555-01{number}" for number in range(60, 66)]
_BLOCKED, _IMPORTED = "+1 202-555-0170", "+1 202-555-0171"
_ADMIN = Actor("user", "usr_takeover", Role.ADMIN, frozenset(Permission))
_EXPORT = Access(_ADMIN, "export", "takeover")
_CHANGING = {"result_url", "message"}  # a link is signed anew for each answer; messages are for people
# The arguments of seal_days have another order in earlier commits, so they are given by name.
_SEAL = """
import inspect, sys
try:
    from chalicelib.audit.usecases.seal_day import seal_days
except ImportError:
    from chalicelib.usecases.seal_day import seal_days
given = {"now": int(sys.argv[1]), "go_on": lambda: True, "has_time": lambda: True}
print(seal_days(*[given.get(name, "takeover") for name in inspect.signature(seal_days).parameters]))
"""


def main() -> int:
    """Run the command line; return 0 if everything was taken over."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.takeover", description=__doc__)
    parser.add_argument("--of", required=True, metavar="COMMIT", help="the commit that makes the stack")
    parser.add_argument("--port", type=int, default=4594)
    options = parser.parse_args()
    with _checkout(options.of) as folder:
        try:
            _run(folder, options.port)
        finally:
            _local(folder, options.port, "down")
    return 0


def _run(folder: Path, port: int) -> None:
    stack = _up(folder, port)
    created = _fill(stack, folder)
    before = _read(stack, created)
    _local(folder, port, "down")
    _git(folder, "checkout", "--quiet", "--detach", _git(ROOT, "rev-parse", "HEAD"))
    stack = _up(folder, port)
    after = _read(stack, created)
    _one_client(stack)
    differing = [path for path in before if _known(after[path], before[path]) != before[path]]
    for path in differing:
        _say(f"DIFFERS {path}\n  before {json.dumps(before[path])}\n  after  {json.dumps(after[path])}")
    assert not differing
    _say(f"read: {len(before)} answers are the same, {len(created['leads'])} leads among them")
    _work(stack, created)
    _verify(stack, folder, created["leads"][0], _erase(stack, created["leads"][0]))


def _fill(stack: Stack, folder: Path) -> dict[str, Any]:
    """Post leads and work one, block contacts, import blocks and leads, seal two days. Return their ids."""
    manager, agent_id = stack.user("manager"), stack.described["user_ids"]["agent"]
    project, campaign = stack.described["projects"]["west"], stack.campaign()
    leads = [*stack.described["lead_ids"], *(stack.new_lead(phone) for phone in _PHONES)]
    assert manager.put(f"/v1/leads/{leads[-1]}/agent", {"user_id": agent_id}).status == 200
    assert manager.post("/v1/blocks", {"phone": _BLOCKED, "project_id": project}).status == 201
    people = "first_name,phone\nRay,+1 202-555-0172\nSue,+1 202-555-0173\n"
    for kind, scope, content in (("block", project, f"phone\n{_IMPORTED}\n"), ("leads", campaign, people)):
        assert import_file(stack, manager, kind, scope, content)["state"] == "done"
    assert manager.confirm("POST", f"/v1/leads/{leads[-2]}/forget", {"keep_out": False}).status == 200
    eventually(lambda: all("counted" in stack.facts(lead_id) for lead_id in leads[-6:-2]), 60)
    eventually(lambda: stack.user("admin").get("/v1/seals").body["items"], 150)
    _seal(stack, folder, _next_day() + _HOUR_S + 60)
    _say(
        f"filled: {len(leads)} leads, {stack.count('blocks')} blocks, 2 imports, 1 lead forgotten, 2 days sealed"
    )
    return {"leads": leads, "project": project, "campaign": campaign}


def _read(stack: Stack, created: dict[str, Any]) -> dict[str, Any]:
    """Return the API's answers about everything that was created."""
    admin, manager, agent = (stack.user(key) for key in ("admin", "manager", "agent"))
    paths = [
        "organisation",
        "projects",
        "lead-types",
        "campaigns",
        "users",
        "credentials",
        "seals",
        "imports",
    ]
    paths += [f"blocks?project={created['project']}", f"campaigns/{created['campaign']}/report"]
    paths += [f"leads/{lead_id}" for lead_id in created["leads"]]
    paths += [f"changes?subject=lead/{lead_id}" for lead_id in created["leads"]]
    answers = {f"admin {path}": _stable(admin.get(f"/v1/{path}")) for path in paths}
    listed = ("unassigned", "agents", "held", "retired")
    answers |= {
        path: _stable(manager.get(f"/v1/projects/{created['project']}/{path}?person=true")) for path in listed
    }
    return answers | {"agent worklist": _stable(agent.get("/v1/worklist?person=true"))}


def _stable(answer: Any) -> Any:
    return answer.status, _without_changing(answer.body)


def _without_changing(body: Any) -> Any:
    if isinstance(body, dict):
        return {name: _without_changing(value) for name, value in body.items() if name not in _CHANGING}
    return [_without_changing(value) for value in body] if isinstance(body, list) else body


def _known(after: Any, before: Any) -> Any:
    """Return an answer without what the earlier commit did not have: new settings and permissions may be shown."""
    if isinstance(after, list) and all(isinstance(each, str) for each in after) and isinstance(before, list):
        return [each for each in after if each in before]
    if isinstance(after, dict) and isinstance(before, dict):
        return {name: _known(value, before[name]) for name, value in after.items() if name in before}
    if isinstance(after, list | tuple) and isinstance(before, list | tuple) and len(after) == len(before):
        return type(after)(_known(*pair) for pair in zip(after, before, strict=True))
    return after


def _one_client(stack: Stack) -> None:
    """A client that was replaced would be a second way in (ACC-11)."""
    pool = aws.client(stack.config, "cognito-idp")
    pool_id = pool.list_user_pools(MaxResults=1)["UserPools"][0]["Id"]
    assert len(pool.list_user_pool_clients(UserPoolId=pool_id)["UserPoolClients"]) == 1


def _work(stack: Stack, created: dict[str, Any]) -> None:
    """Assign, work and close earlier leads; blocks of the earlier commit must refuse new ones."""
    manager, agent = stack.user("manager"), stack.user("agent")
    lead_id = created["leads"][-3]
    body = {"user_id": stack.described["user_ids"]["agent"]}
    assert manager.put(f"/v1/leads/{lead_id}/agent", body).status == 200
    comment = {"kind": "comment", "text": "Wants a quote."}
    for lead in (lead_id, created["leads"][-1]):
        assert agent.post(f"/v1/leads/{lead}/activities", comment).status == 201
        assert agent.put(f"/v1/leads/{lead}/stage", {"stage": "contacted"}).status == 200
    history = [entry["kind"] for entry in agent.get(f"/v1/leads/{lead_id}").body["history"]]
    assert history == ["received", "assigned", "comment", "stage"], history
    for phone in (_BLOCKED, _IMPORTED):
        assert stack.post_lead(phone).body["reason"] == "blocked"
    assert stack.post_lead("+1 202-555-0174").status == 201
    _say("worked: 1 assignment, 2 comments, 2 stages; 2 blocked contacts refused, 1 new lead accepted")


def _erase(stack: Stack, lead_id: str) -> dict[str, Any]:
    """Forget an earlier lead, and a contact of another; return the receipt and the proof of the contact."""
    manager = stack.user("manager")
    receipt = manager.confirm("POST", f"/v1/leads/{lead_id}/forget", {"keep_out": True})
    assert receipt.status == 200, receipt.content
    contact = manager.confirm("POST", "/v1/contacts/forget", {"phone": _PHONES[0], "keep_out": False})
    assert contact.status == 200, contact.content
    (other,) = contact.body["receipts"]
    for erased in (lead_id, other["lead_id"]):
        assert "erased_at" in stack.facts(erased)
        assert stack.rows("people", "lead_id", erased) == []
        assert manager.get(f"/v1/leads/{erased}").body.get("person") is None
    _say("erased: 1 lead and 1 contact forgotten, no row of the 2 persons left, 2 receipts")
    return {"receipt_id": receipt.body["receipt_id"], "nonce": contact.body["contact_proof"]["nonce"]}


def _verify(stack: Stack, folder: Path, lead_id: str, erased: dict[str, Any]) -> None:
    """Seal one more day with the present code; check every seal, every entry, receipt and contact offline.

    The present day is sealed and read as at an instant after its end, so not over HTTP.
    """
    later = _next_day() + _DAY_S + _HOUR_S + 60
    _seal(stack, folder, later)
    proof = folder / "proof"
    proof.mkdir()
    with in_process(stack):
        day_seals = list_seals(100, None, later + 60).items
        seals = SealPage(items=[Seal.of(seal) for seal in day_seals], next=None)
        entry = read_receipt(_ADMIN, erased["receipt_id"], later + 60)
        receipt = ReceiptWithProof.of(entry).with_proof(entry, prove(entry, later + 60))
        (proof / "seals.json").write_text(seals.model_dump_json())
        (proof / "receipt.json").write_text(receipt.model_dump_json())
        for seal in day_seals:
            lines = export_sealed(_EXPORT, seal.day, 10**6, None, later + 60).items
            (proof / f"{seal.day}.jsonl").write_text("".join(f"{line}\n" for line in lines))
    assert receipt.lead_id == lead_id
    arguments = ["--seals", str(proof / "seals.json"), "--receipt", str(proof / "receipt.json")]
    contact = ["--contact", _PHONES[0].replace(" ", "").replace("-", ""), "--nonce", erased["nonce"]]
    for seal in day_seals:
        entries = ["--day", seal.day, "--entries", str(proof / f"{seal.day}.jsonl")]
        assert verify([*arguments, *entries, *(contact if seal == day_seals[0] else [])]) == 0
    counts = ", ".join(f"{seal.day}: {seal.count} entries" for seal in reversed(day_seals))
    _say(f"verified: {len(day_seals)} seals ({counts}), 1 receipt, 1 forgotten contact")


def _next_day() -> int:
    return (int(time.time()) // _DAY_S + 1) * _DAY_S


def _seal(stack: Stack, folder: Path, now: int) -> None:
    """Seal with the code of the checkout, as at an instant that has not come yet."""
    functions = aws.client(stack.config, "lambda")
    name = "leadwarden-local-seal-ledger"
    variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    environment = os.environ | variables | aws.credentials(stack.config)
    sealed = _command(folder, [sys.executable, "-c", _SEAL, str(now)], environment)
    assert json.loads(sealed.splitlines()[-1].replace("'", '"')), "no day was sealed"


def _up(folder: Path, port: int) -> Stack:
    started_at = int(time.time())
    _local(folder, port, "up")
    described = json.loads((folder / ".local" / "stack.json").read_text())
    _say(f"up: {_git(folder, 'log', '-1', '--format=%h %s')} in {int(time.time()) - started_at} s")
    return Stack(StackConfig(folder / ".local", port), described, started_at)


@contextmanager
def _checkout(commit: str) -> Iterator[Path]:
    """Check the commit out into a temporary folder, with the tools that are installed here."""
    folder = Path(tempfile.mkdtemp(prefix="takeover-")) / "checkout"
    _git(ROOT, "worktree", "add", "--quiet", "--detach", str(folder), commit)
    try:
        (folder / ".local").mkdir()
        (folder / ".local" / "engine").symlink_to((ROOT / ".local" / "engine").resolve())
        yield folder
    finally:
        _git(ROOT, "worktree", "remove", "--force", str(folder))
        shutil.rmtree(folder.parent, ignore_errors=True)


def _local(folder: Path, port: int, command: str) -> None:
    environment = os.environ | {"LEADWARDEN_PORT": str(port)}
    _command(folder, [sys.executable, "-m", "infra.local", command], environment)


def _git(folder: Path, *arguments: str) -> str:
    return _command(folder, ["git", *arguments], dict(os.environ)).strip()


def _command(folder: Path, command: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
