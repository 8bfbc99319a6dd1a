"""Jobs as the API shows them: progress and result."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, SerializeAsAny, WithJsonSchema

from chalicelib.core import registry
from chalicelib.core.times import iso, optional_iso
from chalicelib.http.schemas.base import Contract, optional_field
from chalicelib.http.schemas.named import NamedActor
from chalicelib.jobs import domain as jobs_domain
from chalicelib.jobs.domain import JobState, JobWork
from chalicelib.routes import JOB_RESULTS


class Progress(Contract):
    """How many parts are done, of how many."""

    done: int
    of: int


class ContactProof(Contract):
    """The proof for the person who is forgotten. Give both values to them: the nonce is not stored (PRI-32)."""

    nonce: str
    digests: list[str] = Field(
        description="SHA-256(nonce + contact), one for each normal form of the contact. Stored in the ledger."
    )


class JobStarted(Contract):
    """The id of the job that was started."""

    job_id: str
    contact_proof: ContactProof | None = optional_field("Of a forgotten contact.")


class Links(Contract):
    """Links to the files of an export, valid for five minutes. A new request gives new links."""

    json_url: str
    page_url: str


AnyResult = Annotated[
    SerializeAsAny[Contract], WithJsonSchema({"type": "object", "additionalProperties": True})
]


class Job(Contract):
    """A job. Its result is shown once it is done, for a week."""

    job_id: str
    kind: str
    state: JobState
    progress: Progress
    started_by: NamedActor
    started_at: str
    ended_at: str | None
    result: AnyResult | None = optional_field(
        "As the route that started the job answers when the work is small."
    )
    files: Links | None = optional_field("Of an export: for the user who started it, for a day at most.")
    error: str | None = optional_field("Why the job failed.")

    @classmethod
    def of(cls, job: jobs_domain.Job, links: Mapping[str, str] | None = None) -> "Job":
        """Return a job as the API shows it."""
        answers = job.state is JobState.DONE and job.work.kind in JOB_RESULTS
        return cls(
            job_id=job.id,
            kind=job.work.kind,
            state=job.state,
            progress=Progress(done=job.work.done, of=job.work.of),
            started_by=NamedActor(kind=job.by_kind, id=job.by_id),
            started_at=iso(job.started_at),
            ended_at=optional_iso(job.ended_at),
            result=result_of(job.work) if answers else None,
            files=Links(json_url=links["json"], page_url=links["html"]) if links else None,
            error=job.error,
        )


def result_of(work: JobWork) -> Contract:
    """Return the result of finished work, in the schema of its kind (`routes.JOB_RESULTS`)."""
    result: Contract = registry.load(JOB_RESULTS[work.kind]).of(work)
    return result
