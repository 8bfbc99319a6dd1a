"""The values of a decision that are kept with a lead, to show and to replay it (CAM-12, CAM-19, CAM-20)."""

import functools
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, cast

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.criteria.evaluation import not_personal
from chalicelib.campaigns.domain.services.result import ServiceResult
from chalicelib.intake.domain.decision import DecisionInput, Evaluation, TraceEntry
from chalicelib.intake.domain.duplicates import original_of
from chalicelib.intake.domain.limit_state import basis_of
from chalicelib.intake.domain.new_lead import DecisionRecord
from chalicelib.leads.domain.decision_basis import DecisionBasis, GradingBasis, OriginalBasis, ServiceBasis
from chalicelib.leads.domain.duplicate_index import Original

MAX_CALCULATED_CHARACTERS = 64
MAX_CALCULATED_BYTES = 200
MAX_ORIGINALS = 200
_EMPTY = DecisionRecord()
_COMPACT = json.JSONEncoder(separators=(",", ":"))


def decision_record(
    case: DecisionInput,
    decision: Evaluation,
    results: Mapping[str, ServiceResult],
    billed: Mapping[str, ServiceResult] | None = None,
) -> DecisionRecord:
    """Return the record of a decision: codes for the facts, values and inputs for the person.

    `results` are the services' results the decision used. `billed` are all that ran for this lead, if those are more.
    """
    if not decision.failed and not _keeps_record(case):
        return _EMPTY
    stored = _calculated(case)
    return DecisionRecord(
        failed=tuple(code_of(line) for line in decision.failed),
        grade=letter_of(decision),
        consent=_consent(case),
        costs=tuple(_costs(case.campaign, results if billed is None else billed)),
        evidence=_evidence(case),
        checked={name: dict(result.values) for name, result in results.items() if result.values},
        decided=_decided(case, results),
        calculated=stored,
        calculated_personal={key: value for key, value in case.calculated_now.items() if key not in stored},
    )


def _keeps_record(case: DecisionInput) -> bool:
    """Return True if the settings or earlier leads leave more than the status."""
    campaign = case.campaign
    settings = campaign.services or campaign.calculated or campaign.grading or case.grading
    asked = campaign.consent.enabled or campaign.limits.are_set
    return bool(settings or asked or any(window.originals for window in case.windows))


def _calculated(case: DecisionInput) -> dict[str, Any]:
    """Return the calculated values for the facts: not personal, at most 64 characters each and 200 bytes together.

    The other ones go with the person: facts stay below 1 KB (data-model.md, Facts and person).
    """
    stored: dict[str, Any] = {}
    not_personal_keys = not_personal(case.campaign, case.lead_type) if case.calculated_now else ()
    for key, value in case.calculated_now.items():
        candidate = {**stored, key: value}
        if (
            key in not_personal_keys
            and len(str(value)) <= MAX_CALCULATED_CHARACTERS
            and _bytes(candidate) <= MAX_CALCULATED_BYTES
        ):
            stored = candidate
    return stored


def _bytes(values: Mapping[str, Any]) -> int:
    return len(_COMPACT.encode(values))


def code_of(line: TraceEntry) -> str:
    """Return the code of a failed check for the facts: check, rule, and criterion or limit (never a value)."""
    which = (line.detail or {}).get("criterion") or (line.detail or {}).get("limit")
    return "/".join(str(part) for part in (line.check, line.rule, which) if part)


def original_unmet(failed: Sequence[str]) -> str | None:
    """Return the name of the criterion that a stored lead did not meet, from its codes; None if it met all (CAM-3)."""
    prefix = "criteria/CAM-3/"
    return next((code.removeprefix(prefix) for code in failed if code.startswith(prefix)), None)


def letter_of(decision: Evaluation) -> str | None:
    """Return the letter of the decision's grade, or None without grading (CAM-14)."""
    graded = (line.detail for line in decision.trace if line.check == "grade" and line.detail)
    return next((str(detail["letter"]) for detail in graded), None)


def _consent(case: DecisionInput) -> str | None:
    if not case.campaign.consent.enabled:
        return None
    given = case.parsed.evidence.get("tcpa_consent") is True
    content = {"given": given, "text_version": case.campaign.consent.version, "at": case.now}
    return _COMPACT.encode(content)


def _evidence(case: DecisionInput) -> dict[str, Any]:
    consent = case.campaign.consent
    if not consent.enabled:
        return {}
    return {"consent_text_version": consent.version, "consent_text_sha256": _sha256(consent.text)}


@functools.lru_cache(maxsize=64)
def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _costs(campaign: Campaign, results: Mapping[str, ServiceResult]) -> list[str]:
    """Return `<service>=<price>` for each service that ran and has a price (CAM-13)."""
    ran = [name for name, result in results.items() if result.ran and name in campaign.services]
    prices = {name: campaign.services[name].price for name in ran}
    return [f"{name}={price}" for name, price in sorted(prices.items()) if price is not None]


def _originals(case: DecisionInput) -> list[Original]:
    """Return the earlier leads the decision saw, each once; of very many the one that counted, and the latest."""
    seen = {one: None for window in case.windows for one in window.originals}
    if len(seen) <= MAX_ORIGINALS:
        return list(seen)
    counted = original_of(case.windows, case.campaign, case.now)
    latest = sorted(seen, key=lambda one: (one.received_at, one.lead_id))[-MAX_ORIGINALS:]
    return latest if counted is None or counted in latest else [counted, *latest[1:]]


def _decided(case: DecisionInput, results: Mapping[str, ServiceResult]) -> DecisionBasis:
    """Return the inputs of the decision besides the lead, so that it can be replayed (CAM-20)."""
    inputs: DecisionBasis = {}
    if originals := _originals(case):
        inputs["originals"] = [cast(OriginalBasis, asdict(one)) for one in originals]
    if case.campaign.limits.are_set:
        inputs["limits"] = basis_of(case.limits_known)
    if case.campaign.grading is None and case.grading is not None:
        inputs["grading"] = cast(GradingBasis, asdict(case.grading))
    if results:
        inputs["services"] = {name: cast(ServiceBasis, asdict(result)) for name, result in results.items()}
    return inputs
