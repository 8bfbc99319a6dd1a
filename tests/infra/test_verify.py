"""The command that checks the record offline: what is untouched holds, what is touched does not."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from chalicelib.audit import domain as seals
from chalicelib.audit.domain import GENESIS, Seal, canonical_bytes, leaf_of, path_of, sealed
from chalicelib.core.access import SYSTEM
from chalicelib.ledger.domain import entries as ledger_entries
from chalicelib.ledger.domain.entries import Entry, EntryKind
from chalicelib.ledger.domain.receipts import contact_digest, id_of
from infra import verify
from infra.verify import main
from tests.architecture.words import ROOT

DAY = "2026-01-02"
AT = 1_767_312_000
NONCE, CONTACT = "ab" * 16, "+12025550147"


def entries() -> list[Entry]:
    """Return a day of twelve entries and one receipt."""
    changes = [
        ledger_entries.change(SYSTEM, f"lead/l{number}", "hold", AT + number, ledger_entries.entry_id(number))
        for number in range(12)
    ]
    detail = {"lead_id": "l3", "basis": "forget", "contact_digest": contact_digest(NONCE, CONTACT)}
    receipt = Entry(
        EntryKind.RECEIPT, "lead/l3", "r", AT + 60, SYSTEM.kind, SYSTEM.id, "erased", (), "forget", detail
    )
    return [*changes, receipt]


class Desk:
    """Files as somebody would keep them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lines = [canonical_bytes(entry) for entry in entries()]
        leaves = [leaf_of(line) for line in self.lines]
        first = Seal("2026-01-01", seals.root_of([]), 0, GENESIS)
        self.day = sealed(DAY, leaves, first.digest)
        self.chain = [first, self.day.seal, Seal("2026-01-03", leaves[0], 1, self.day.seal.digest)]

    def check_day(self, lines: list[bytes]) -> int:
        """Run the command on an export of these lines."""
        (self.folder / "day.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))
        return self.run("--day", DAY, "--entries", str(self.folder / "day.jsonl"))

    def receipt(self) -> dict[str, object]:
        """Return the receipt as the API answers it."""
        index = len(self.lines) - 1
        entry = entries()[index]
        path = [asdict(step) for step in path_of(self.day.leaves, index)]
        seal = {**asdict(self.day.seal), "digest": self.day.seal.digest}
        proof = {"entry": self.lines[index].decode(), "index": index, "path": path, "seal": seal}
        return {"id": id_of("l3", entry.at), **(entry.detail or {}), "proof": proof}

    def check_receipt(self, receipt: object, *more: str) -> int:
        """Run the command on a receipt."""
        (self.folder / "receipt.json").write_text(json.dumps(receipt))
        return self.run("--receipt", str(self.folder / "receipt.json"), *more)

    def run(self, *more: str) -> int:
        """Run the command with this chain."""
        items = [{**asdict(seal), "digest": seal.digest} for seal in self.chain]
        (self.folder / "seals.json").write_text(json.dumps({"items": items[::-1], "next": None}))
        return main(["--seals", str(self.folder / "seals.json"), *more])


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """An untouched day in a chain of three."""
    return Desk(tmp_path)


def test_PRI_32_an_untouched_export_verifies(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert desk.check_day(desk.lines) == 0
    assert "DOES NOT HOLD" not in capsys.readouterr().out


def test_PRI_32_one_flipped_byte_anywhere_does_not_verify(desk: Desk) -> None:
    for index, line in enumerate(desk.lines):
        for place in range(0, len(line), 37):
            flipped = bytes([*line[:place], line[place] ^ 1, *line[place + 1 :]])
            assert desk.check_day([*desk.lines[:index], flipped, *desk.lines[index + 1 :]]) == 1


def test_PRI_32_one_dropped_entry_does_not_verify(desk: Desk) -> None:
    for index in range(len(desk.lines)):
        assert desk.check_day(desk.lines[:index] + desk.lines[index + 1 :]) == 1


def test_PRI_32_swapped_doubled_and_cut_entries_do_not_verify(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    assert desk.check_day([desk.lines[1], desk.lines[0], *desk.lines[2:]]) == 1
    assert desk.check_day([*desk.lines, desk.lines[-1]]) == 1
    assert desk.check_day(desk.lines[:-3]) == 1
    assert "has 10 here" in capsys.readouterr().out
    assert desk.check_day([]) == 1


def test_PRI_32_a_chain_with_a_changed_dropped_or_reforged_seal_does_not_verify(desk: Desk) -> None:
    whole = desk.chain
    assert desk.run() == 0
    desk.chain = [whole[0], whole[2]]
    assert desk.run() == 1
    desk.chain = [whole[0], replace(whole[1], count=99), whole[2]]
    assert desk.run() == 1
    desk.chain = [replace(whole[0], root="1" * 64), *whole[1:]]
    assert desk.run() == 1


def test_PRI_32_a_chain_cut_at_its_end_is_found_by_an_anchor(desk: Desk) -> None:
    anchor = desk.chain[-1].digest
    assert desk.run("--anchor", anchor) == 0
    desk.chain = desk.chain[:-1]
    assert desk.run() == 0
    assert desk.run("--anchor", anchor) == 1


def test_PRI_32_a_receipt_verifies_by_its_path_and_a_changed_one_does_not(desk: Desk) -> None:
    receipt = desk.receipt()
    assert desk.check_receipt(receipt) == 0
    assert desk.check_receipt({**receipt, "basis": "retention"}) == 1
    assert desk.check_receipt({**receipt, "lead_id": "l4"}) == 1
    assert desk.check_receipt({**receipt, "proof": None}) == 1
    proof = receipt["proof"]
    assert isinstance(proof, dict)
    assert desk.check_receipt({**receipt, "proof": {**proof, "path": proof["path"][:-1]}}) == 1
    assert desk.check_receipt({**receipt, "proof": {**proof, "entry": proof["entry"] + " "}}) == 1
    other = {
        **proof,
        "entry": desk.lines[0].decode(),
        "path": [asdict(s) for s in path_of(desk.day.leaves, 0)],
    }
    assert desk.check_receipt({**receipt, "proof": other}) == 1


def test_PRI_32_a_receipt_of_a_seal_that_is_not_in_the_chain_does_not_verify(desk: Desk) -> None:
    receipt = desk.receipt()
    desk.chain = desk.chain[:1]
    assert desk.check_receipt(receipt) == 1


def test_PRI_32_a_person_proves_which_contact_it_was_by_the_nonce_they_were_given(desk: Desk) -> None:
    desk.check_day(desk.lines)
    day = ("--day", DAY, "--entries", str(desk.folder / "day.jsonl"))
    assert desk.run(*day, "--contact", CONTACT, "--nonce", NONCE) == 0
    assert desk.run(*day, "--contact", "+12025550148", "--nonce", NONCE) == 1
    assert desk.run(*day, "--contact", CONTACT, "--nonce", "00") == 1
    assert desk.run("--contact", CONTACT, "--nonce", NONCE) == 1


@pytest.mark.parametrize("order", [("forged", "true"), ("true", "forged")])
def test_PRI_32_two_different_seals_of_one_day_do_not_verify(
    desk: Desk, capsys: pytest.CaptureFixture[str], order: tuple[str, str]
) -> None:
    chain = [asdict(seal) for seal in desk.chain]
    (desk.folder / "true.json").write_text(json.dumps({"items": chain}))
    forged = asdict(replace(desk.chain[-1], root="0" * 64, count=5))
    (desk.folder / "forged.json").write_text(json.dumps(forged))
    assert main(["--seals", *(str(desk.folder / f"{name}.json") for name in order)]) == 1
    assert "two different seals of 2026-01-03" in capsys.readouterr().out
    (desk.folder / "forged.json").write_text(json.dumps(chain[-1]))
    assert main(["--seals", *(str(desk.folder / f"{name}.json") for name in order)]) == 0
    (desk.folder / "true.json").write_text(json.dumps({"items": [*chain, forged]}))
    assert main(["--seals", str(desk.folder / "true.json")]) == 1


@pytest.mark.parametrize(
    "half", [("--contact", CONTACT), ("--nonce", NONCE), ("--day", DAY), ("--entries", "day.jsonl")]
)
def test_PRI_32_half_of_a_check_is_refused_and_not_passed_over(
    desk: Desk, capsys: pytest.CaptureFixture[str], half: tuple[str, str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        desk.run(*half)
    assert ended.value.code == 2
    told = capsys.readouterr()
    assert "holds" not in told.out
    assert "go together" in told.err


def test_PRI_32_an_empty_contact_is_checked_like_any_other(desk: Desk) -> None:
    assert desk.run("--contact", "", "--nonce", "") == 1


def test_PRI_32_what_is_no_such_file_does_not_verify(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text("[1]")
    assert main(["--seals", str(tmp_path / "other.json")]) == 1
    assert main(["--seals", str(tmp_path / "absent.json")]) == 1
    assert desk.run("--day", "2026-05-05", "--entries", str(tmp_path / "seals.json")) == 1


def made_up(desk: Desk, day: int) -> list[bytes]:
    """Make up the chain as a whole from one of its days on, each seal bound to the one before; return the new lines."""
    lines = [line.replace(b"l3", b"l4") for line in desk.lines]
    chain = desk.chain[:day]
    for seal in desk.chain[day:]:
        root = seals.root_of([leaf_of(line) for line in lines]) if seal.day == DAY else "2" * 64
        chain.append(replace(seal, root=root, previous=chain[-1].digest if chain else GENESIS))
    desk.chain = chain
    return lines


def test_SEC_C13_a_chain_that_is_made_up_as_a_whole_holds_by_itself(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    """The documented limit: without an anchor or a locked object nothing tells."""
    assert desk.check_day(made_up(desk, 0)) == 0
    assert "DOES NOT HOLD" not in capsys.readouterr().out


@pytest.mark.parametrize("since", [0, 1, 2])
@pytest.mark.parametrize("known", [0, 1, 2])
def test_SEC_C13_an_anchor_tells_what_was_made_up_up_to_its_day(desk: Desk, since: int, known: int) -> None:
    anchor = desk.chain[known].digest
    made_up(desk, since)

    assert desk.run("--anchor", anchor) == (1 if known >= since else 0)


@pytest.mark.parametrize("known", [1, 2])
def test_SEC_C13_an_anchor_of_a_later_day_protects_the_entries_of_an_earlier_one(
    desk: Desk, known: int
) -> None:
    true, anchor = desk.lines, desk.chain[known].digest
    day = ("--day", DAY, "--entries", str(desk.folder / "day.jsonl"), "--anchor", anchor)
    assert desk.check_day(true) == 0
    assert desk.run(*day) == 0

    desk.check_day(made_up(desk, 1))

    assert desk.run(*day) == 1


@pytest.mark.parametrize("locked", [0, 1, 2])
@pytest.mark.parametrize("first", [True, False])
def test_SEC_C13_one_locked_object_tells_a_chain_that_was_made_up(
    desk: Desk, capsys: pytest.CaptureFixture[str], locked: int, first: bool
) -> None:
    kept = desk.folder / "locked.json"
    kept.write_text(json.dumps({**asdict(desk.chain[locked]), "digest": desk.chain[locked].digest}))
    made_up(desk, 0)
    desk.run()
    files = [str(kept), str(desk.folder / "seals.json")]

    assert main(["--seals", *(files if first else files[::-1])]) == 1
    assert "two different seals" in capsys.readouterr().out


def test_SEC_C13_a_receipt_that_a_person_kept_tells_it(desk: Desk) -> None:
    receipt = desk.receipt()
    assert desk.check_receipt(receipt) == 0

    made_up(desk, 1)

    assert desk.check_receipt(receipt) == 1


def test_SEC_C13_a_longer_true_chain_still_has_the_anchor(desk: Desk) -> None:
    anchor = desk.chain[-1].digest
    desk.chain.append(Seal("2026-01-04", "3" * 64, 1, anchor))

    assert desk.run("--anchor", anchor) == 0


@pytest.mark.parametrize("anchor", ["", "0" * 64, "x"])
def test_SEC_C13_an_anchor_that_no_seal_has_does_not_hold(desk: Desk, anchor: str) -> None:
    assert desk.run("--anchor", anchor) == 1


def test_SEC_C13_the_page_and_the_command_say_so() -> None:
    page = (ROOT / "docs" / "privacy.md").read_text()

    for text in (page, str(verify.__doc__)):
        assert "--anchor" in text
        assert "made up" in text
