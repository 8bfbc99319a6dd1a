"""Long work: how far it is, and what came of it."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from chalicelib.contracts.base import Contract, optional_field
from chalicelib.contracts.forecast import Forecast, WhatIf
from chalicelib.contracts.worklists import Moved, RetirementForecast
from chalicelib.domain import jobs as domain
from chalicelib.domain import receipts
from chalicelib.domain.jobs import JobState, JobWork
from chalicelib.domain.times import iso, optional_iso


class Progress(Contract):
    """How many parts are done, of how many."""

    done: int
    of: int


class ReceiptIds(Contract):
    """The receipts of a contact's leads, by id."""

    receipt_ids: list[str]

    @classmethod
    def of(cls, work: JobWork) -> "ReceiptIds":
        """Return the receipts of what is erased."""
        erased = work.tally.get("erased", {})
        return cls(receipt_ids=[receipts.id_of(lead_id, at) for lead_id, at in sorted(erased.items())])


class Repriced(Contract):
    """How many leads cost another price now."""

    corrected: int

    @classmethod
    def of(cls, work: JobWork) -> "Repriced":
        """Return what was counted so far."""
        return cls(corrected=work.tally["leads"]["corrected"])


JobResult = Forecast | WhatIf | ReceiptIds | RetirementForecast | Moved | Repriced
_ANSWERS: dict[str, type[JobResult]] = {
    "forecast": Forecast,
    "what_if": WhatIf,
    "forget": ReceiptIds,
    "retirement_forecast": RetirementForecast,
    "reassign": Moved,
    "relist": Moved,
    "price_correction": Repriced,
}


class ContactProof(Contract):
    """What only the person can prove with: give both to them, the nonce is kept nowhere (PRI-32)."""

    nonce: str
    digests: list[str] = Field(
        description="SHA-256(nonce + contact), one for each way the contact is read; stands in the record."
    )


class JobStarted(Contract):
    """The job to ask for."""

    job_id: str
    contact_proof: ContactProof | None = optional_field("Of a forgotten contact.")


class Links(Contract):
    """Where the files of an export are, for five minutes; ask again for new ones."""

    json_url: str
    page_url: str


class Job(Contract):
    """A job; its result stands here once it is done, for a week."""

    job_id: str
    kind: str
    state: JobState
    progress: Progress
    started_at: str
    ended_at: str | None
    result: dict[str, Any] | None = optional_field("What the route that started it answers when it is quick.")
    files: Links | None = optional_field("Of an export: for who started it, for a day at most.")
    error: str | None = optional_field("Why it failed.")

    @classmethod
    def of(cls, job: domain.Job, links: Mapping[str, str] | None = None) -> "Job":
        """Return a job as the API shows it."""
        answers = job.state is JobState.DONE and job.work.kind in _ANSWERS
        return cls(
            job_id=job.id,
            kind=job.work.kind,
            state=job.state,
            progress=Progress(done=job.work.done, of=job.work.of),
            started_at=iso(job.started_at),
            ended_at=optional_iso(job.ended_at),
            result=result_of(job.work).model_dump(mode="json") if answers else None,
            files=Links(json_url=links["json"], page_url=links["html"]) if links else None,
            error=job.error,
        )


def result_of(work: JobWork) -> JobResult:
    """Return what work that is done answers."""
    return _ANSWERS[work.kind].of(work)
