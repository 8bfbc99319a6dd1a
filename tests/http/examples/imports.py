"""The scenario of files: uploads of each kind, and an import that waits for a confirmation."""

from typing import Any

from chalicelib.imports.domain.import_job import Upload
from chalicelib.imports.usecases.register_upload import register_upload
from chalicelib.imports.usecases.run_import import ImportRun, run_import
from tests.factories.imports import bucket, s3_client
from tests.http.examples.example_run import ExampleRun


def play(run: ExampleRun) -> None:
    """Start an import of each kind. Let one run, confirm one and cancel one."""
    blocked = run.show("create_import", "block")
    run.show("create_import", "unblock")
    forgotten = run.show("create_import", "forget")
    run.show("create_import", "leads")
    run.show("get_import", "waiting")
    run.lead(phone="+1 202-555-0151", email="gus@example.com")
    upload(run, blocked, "Phone\n+1 202-555-0150\n555\n")
    upload(run, forgotten, "Phone\n+1 202-555-0151\n")
    run.show("get_import", "done", "needs_confirmation")
    run.show("list_imports", "newest")
    run.show("confirm_import", "effect", "confirmed")
    run.show("cancel_import", "cancelled")


def upload(run: ExampleRun, started: Any, content: str) -> None:
    """Upload the file with the form, and run the function for it."""
    key = started["upload"]["fields"]["key"]
    etag = s3_client().put_object(Bucket=bucket(), Key=key, Body=content.encode())["ETag"].strip('"')
    job = register_upload(Upload(bucket(), key, etag, "01", len(content)), run.now)
    assert job is not None
    run_import(job.id, ImportRun(lambda: run.now, lambda: True))
