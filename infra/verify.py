"""Check the ledger offline: seals against one another, a day's export and receipts against seals (PRI-32).

    python -m infra.verify --seals seals.json --day 2026-11-20 --entries day.jsonl
    python -m infra.verify --seals seals.json --receipt receipt.json
    python -m infra.verify --seals seals.json --day … --entries day.jsonl --contact +12025550147 --nonce …

It needs Python and this repository only. The files are answers of the API, or the locked objects of the bucket:
`GET /v1/seals` (or `seals/<day>.json`, one or many), the joined pages of `GET /v1/seals/<day>/entries`,
`GET /v1/receipts/<id>?proof=true`. `--anchor` names the digest of a seal that you wrote down earlier. Without
it, missing seals at the end cannot be detected. A chain that was made up as a whole is detected by an anchor or by a
locked object among the seals.
"""

import argparse
import itertools
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chalicelib.audit.domain import GENESIS, Proof, Seal, Step, day_after, leaf_of, root_of
from chalicelib.ledger.domain.entries import EntryKind
from chalicelib.ledger.domain.receipts import contact_digest, id_of


@dataclass
class Findings:
    """The checks that hold and those that do not."""

    good: list[str] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)

    def add(self, holds: bool, good: str, bad: str) -> None:
        """Add the outcome of one check."""
        (self.good if holds else self.bad).append(good if holds else bad)


class VerificationFailed(Exception):
    """A file contradicts itself; the message says which and how."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the given files; print what holds and what does not; return 0 only if everything holds."""
    given = _given(arguments)
    findings = Findings()
    try:
        _check(given, findings)
    except VerificationFailed as error:
        findings.bad.append(str(error))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        findings.bad.append(f"a file does not have the expected form ({type(error).__name__})")
    for line in findings.good:
        print(f"holds: {line}")
    for line in findings.bad:
        print(f"DOES NOT HOLD: {line}")
    return 1 if findings.bad else 0


def check_chain(seals: Sequence[Seal], findings: Findings, anchor: str | None = None) -> None:
    """Check that the seals follow one another day by day, each bound to the one before, up to the anchor."""
    for before, after in itertools.pairwise(seals):
        bound = after.previous == before.digest and after.day == day_after(before.day)
        if not bound:
            findings.bad.append(f"the seal of {after.day} does not follow that of {before.day}")
    begins = bool(seals) and seals[0].previous == GENESIS
    from_when = "its beginning" if begins else f"{seals[0].day} (older seals are not given)" if seals else ""
    findings.add(bool(seals), f"{len(seals)} seals, from {from_when}", "no seal is given")
    if anchor is not None:
        known = any(seal.digest == anchor for seal in seals)
        findings.add(known, "the anchor is one of the seals", "the anchor is not one of these seals")


def check_day(seal: Seal, lines: Sequence[bytes], findings: Findings) -> None:
    """Check that the lines are the entries of the sealed day: all of them, in order, byte for byte."""
    findings.add(
        len(lines) == seal.count,
        f"{seal.day} has its {seal.count} entries",
        f"{seal.day} was sealed with {seal.count} entries and has {len(lines)} here",
    )
    same = root_of([leaf_of(line) for line in lines]) == seal.root
    findings.add(same, f"{seal.day} is as it was sealed", f"{seal.day} is not what was sealed")


def check_receipt(receipt: dict[str, Any], seals: Sequence[Seal], findings: Findings) -> dict[str, Any]:
    """Check that a receipt equals its entry and that a seal contains the entry; return the entry."""
    shown = receipt["proof"]
    if shown is None:
        findings.bad.append("the receipt has no proof (request it with proof=true, after its day was sealed)")
        return {}
    path = tuple(Step(step["digest"], step["left"]) for step in shown["path"])
    proof = Proof(_seal(shown["seal"]), shown["index"], path, shown["entry"])
    findings.add(
        proof.holds(), "the receipt's path leads to its seal", "the receipt's path does not lead to its seal"
    )
    known = proof.seal in seals
    findings.add(known, "the seal is one of those given", "the receipt's seal is not one of those given")
    entry: dict[str, Any] = json.loads(proof.content)
    sealed = {**entry["detail"], "id": id_of(entry["detail"].get("lead_id", ""), entry["at"])}
    shown_values = {name: value for name, value in receipt.items() if name != "proof"}
    differing = [name for name, value in shown_values.items() if name not in sealed or sealed[name] != value]
    findings.add(
        entry["kind"] == EntryKind.RECEIPT and not differing,
        f"the receipt equals what was sealed: lead {sealed.get('lead_id')} erased",
        f"the receipt differs from what was sealed: {', '.join(sorted(differing)) or 'it is not a receipt'}",
    )
    return entry


def _check(given: argparse.Namespace, findings: Findings) -> None:
    seals = _seals(given.seals)
    check_chain(seals, findings, given.anchor)
    entries: list[dict[str, Any]] = []
    if given.entries:
        lines = b"".join(Path(name).read_bytes() for name in given.entries).split(b"\n")
        lines = lines[:-1] if lines[-1] == b"" else lines
        seal = next((seal for seal in seals if seal.day == given.day), None)
        if seal is None:
            findings.bad.append("there is no seal of that day (--day)")
        else:
            check_day(seal, lines, findings)
            entries = [json.loads(line) for line in lines]
    for name in given.receipt:
        entries.append(check_receipt(json.loads(Path(name).read_bytes()), seals, findings))
    if given.contact is not None:
        check_contact(contact_digest(given.nonce, given.contact), entries, findings)


def check_contact(digest: str, entries: Sequence[dict[str, Any]], findings: Findings) -> None:
    """Check that one of the entries forgets the contact of this digest."""
    details = [entry.get("detail") or {} for entry in entries]
    leads = [
        lead
        for detail in details
        if detail.get("contact_digest") == digest
        for lead in detail.get("lead_ids", [""])
    ]
    findings.add(
        bool(leads),
        f"this contact was forgotten: {', '.join(leads)}",
        "none of these entries forgets this contact",
    )


def _seals(names: Sequence[str]) -> list[Seal]:
    """Return the seals of all files by day; raise VerificationFailed where two of them seal one day differently."""
    found: dict[str, Seal] = {}
    for name in names:
        content = json.loads(Path(name).read_bytes())
        for seal in map(_seal, content.get("items", [content])):
            if found.setdefault(seal.day, seal) != seal:
                raise VerificationFailed(f"there are two different seals of {seal.day}")
    return [found[day] for day in sorted(found)]


def _seal(shown: dict[str, Any]) -> Seal:
    seal = Seal(shown["day"], shown["root"], shown["count"], shown["previous"])
    if shown.get("digest", seal.digest) != seal.digest:
        raise VerificationFailed(f"the seal of {seal.day} does not have the digest of its content")
    if "leaves" in shown and root_of(shown["leaves"]) != seal.root:
        raise VerificationFailed(f"the leaves of the seal of {seal.day} do not give its root")
    return seal


def _given(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the arguments; end with a usage error where a check is given by half."""
    parser = _parser()
    given = parser.parse_args(arguments)
    if (given.day is None) != (not given.entries):
        parser.error("--day and --entries go together")
    if (given.contact is None) != (given.nonce is None):
        parser.error("--contact and --nonce go together")
    return given


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m infra.verify", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "--seals", nargs="+", required=True, help="answers of GET /v1/seals, or sealed objects"
    )
    parser.add_argument("--day", help="the day the entries are of")
    parser.add_argument("--entries", nargs="+", default=[], help="the day's export, its pages in order")
    parser.add_argument("--receipt", nargs="+", default=[], help="receipts with their proof")
    parser.add_argument("--contact", help="a phone number (+…) or e-mail address that was forgotten")
    parser.add_argument("--nonce", help="the nonce that the person received")
    parser.add_argument("--anchor", help="the digest of a seal that must be among them")
    return parser


if __name__ == "__main__":
    sys.exit(main())
