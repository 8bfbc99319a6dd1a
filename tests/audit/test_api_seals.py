"""Seals and proofs over HTTP, checked offline by the command that is delivered with the code."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import boto3
import pytest

from chalicelib import clock, settings
from chalicelib.audit.domain import GENESIS, Seal, SealedDay, canonical_bytes, leaf_of
from chalicelib.audit.usecases.seal_day import seal_days
from chalicelib.aws import clients
from chalicelib.core.access import Role
from chalicelib.core.retention import Policy
from chalicelib.core.times import DAY_S, utc_day
from chalicelib.ledger import store as ledger
from chalicelib.privacy.usecases.finish_erasure import finish_erasure
from infra.verify import main
from tests.factories.leads import LEAD, create_lead, create_organisation
from tests.harness.api import ApiHarness, Caller


@pytest.fixture
def admin(api: ApiHarness, monkeypatch: pytest.MonkeyPatch) -> Iterator[Caller]:
    """An admin of an organisation that erased a lead three days ago. No day is sealed yet."""
    monkeypatch.setenv("SEALS_BUCKET", "seals-test")
    settings.current.cache_clear()
    clients.clear_cache()
    boto3.client("s3").create_bucket(Bucket="seals-test")
    then = erased_at()
    create_organisation(Policy(1), now=then)
    for number in range(4):
        create_lead(f"lead_{number}", then - DAY_S - number)
        finish_erasure(f"lead_{number}", "schedule", then)
    yield api.user(Role.ADMIN)
    clients.clear_cache()


def erased_at() -> int:
    """The instant of the erasures: three days before now, at noon."""
    now = clock.now()
    return now - now % DAY_S - 3 * DAY_S + DAY_S // 2


def seal() -> str:
    """Seal the day of the erasures and the days after it. Return that day."""
    day = utc_day(erased_at())
    seal_days("run_1", lambda: True, erased_at() + DAY_S)
    seal_days("run_2", lambda: True, clock.now())
    return day


def receipt_path() -> str:
    """Return the path of a receipt with its proof."""
    return f"/v1/receipts/rct_lead_2_{erased_at()}?proof=true"


def save(path: Path, content: object) -> str:
    """Write an answer to a file, as a user would."""
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return str(path)


def test_PRI_32_an_unsealed_receipt_says_when_it_can_be_proved(admin: Caller) -> None:
    answer = admin.get(receipt_path()).json
    assert answer["proof"] is None
    assert answer["sealed_from"] == f"{utc_day(erased_at() + DAY_S)}T01:00:00Z"
    assert "sealed_from" not in admin.get(receipt_path().partition("?")[0]).json


def test_PRI_32_a_receipt_with_its_proof_verifies_offline(admin: Caller, tmp_path: Path) -> None:
    seal()
    answer = admin.get(receipt_path()).json
    seals = save(tmp_path / "seals.json", admin.get("/v1/seals").json)
    assert json.loads(answer["proof"]["entry"])["detail"]["lead_id"] == "lead_2"
    assert main(["--seals", seals, "--receipt", save(tmp_path / "receipt.json", answer)]) == 0


def test_PRI_32_the_export_of_a_sealed_day_verifies_in_pages(admin: Caller, tmp_path: Path) -> None:
    day = seal()
    seals = save(tmp_path / "seals.json", admin.get("/v1/seals").json)
    text, cursor_query = "", ""
    for _ in range(20):
        page = admin.get(f"/v1/seals/{day}/entries?limit=2{cursor_query}")
        assert page.status == 200
        text += page.text
        if "X-Next-Cursor" not in page.headers:
            break
        cursor_query = f"&cursor={page.headers['X-Next-Cursor']}"
    assert len(text.splitlines()) >= 4
    assert main(["--seals", seals, "--day", day, "--entries", save(tmp_path / "day.jsonl", text)]) == 0
    exports = [
        entry for entry in ledger.list_subject(f"seal/{day}", clock.now()) if entry.through == "export"
    ]
    assert len(exports) >= 2


def test_PRI_32_seals_are_listed_newest_first_in_pages(admin: Caller) -> None:
    seal()
    complete = admin.get("/v1/seals").json
    first = admin.get("/v1/seals?limit=1").json
    second = admin.get(f"/v1/seals?limit=1&cursor={first['next']}").json
    assert complete["next"] is None
    assert len(complete["items"]) >= 2
    assert [*first["items"], *second["items"]] == complete["items"][:2]
    assert complete["items"][0]["previous"] == complete["items"][1]["digest"]


def test_ACC_3_managers_read_seals_and_only_admins_export_a_day(api: ApiHarness, admin: Caller) -> None:
    day = seal()
    manager, agent = api.user(Role.MANAGER, "prj_1"), api.user(Role.AGENT, "prj_1")
    assert manager.get("/v1/seals").status == 200
    assert agent.get("/v1/seals").status == 403
    assert manager.get(f"/v1/seals/{day}/entries").status == 403
    assert admin.get("/v1/seals/1999-01-01/entries").status == 404
    for other in ("yesterday", "9999-12-31", "9999-12-30", "0001-01-01", "2026-02-30", utc_day(clock.now())):
        assert admin.get(f"/v1/seals/{other}/entries").status == 404, other


def test_PRI_32_a_forgotten_person_can_prove_it_with_a_nonce(admin: Caller, tmp_path: Path) -> None:
    create_lead("lead_9", clock.now())
    request = {"phone": LEAD["phone"], "keep_out": False}
    first = admin.post("/v1/contacts/forget", request).json
    reply = admin.post("/v1/contacts/forget", {**request, "confirm": first["confirm"]}).json
    proof = reply["contact_proof"]
    (entry,) = ledger.list_subject(f"forgetting/{proof['digests'][0]}", clock.now())
    day = SealedDay(Seal(utc_day(entry.at), leaf_of(canonical_bytes(entry)), 1, GENESIS), ())
    seals = save(tmp_path / "seals.json", {"items": [asdict(day.seal)]})
    lines = save(tmp_path / "day.jsonl", canonical_bytes(entry).decode() + "\n")
    asked_of = ["--seals", seals, "--day", day.seal.day, "--entries", lines, "--nonce", proof["nonce"]]
    assert [receipt["lead_id"] for receipt in reply["receipts"]] == ["lead_9"]
    assert main([*asked_of, "--contact", "+12025550147"]) == 0
    assert main([*asked_of, "--contact", "+12025550148"]) == 1
    assert proof["nonce"] not in canonical_bytes(entry).decode()
    assert "2025550147" not in canonical_bytes(entry).decode()
    assert (entry.detail or {})["lead_ids"] == ["lead_9"]
