"""The scenario of jobs."""

from chalicelib.jobs.usecases.continue_jobs import continue_jobs
from chalicelib.privacy.usecases.write_exports import write_exports
from tests.http.examples.example_run import AGENT, SECOND_AGENT, ExampleRun

MOVE, EXPORT = "job_2qk7mzv3xw4hbnrt6ycpfgja5d", "job_7mzv3xw4hbnrt6ycpfgja5d2qk"


def play(run: ExampleRun) -> None:
    """Start a job that moves leads, and the export of a person."""
    run.lead()
    moved = run.caller("admin").post(f"/v1/users/{AGENT}/reassign", {"user_id": SECOND_AGENT})
    run.names.learn(MOVE, moved.json["job_id"])
    run.show("get_job", "running")
    for _ in range(2):
        run.later(minutes=1)
        continue_jobs(lambda: run.now, lambda: True)
    run.show("get_job", "done")
    asked = run.caller("admin").post("/v1/contacts/export", {"phone": "+1 202-555-0150"})
    run.names.learn(EXPORT, asked.json["job_id"])
    write_exports(lambda: True, run.now)
    run.show("get_job", "export")
