"""Files are gone a day after they were written, by our own removal (PRI-25, SEC-C11)."""

import itertools
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from chalice.app import CloudWatchEvent

from chalicelib import clock
from chalicelib.aws import s3
from chalicelib.core.errors import LeadwardenError, Unavailable
from chalicelib.core.times import DAY_S
from chalicelib.imports.domain.import_job import FileFailure, ImportKind, ImportState
from chalicelib.imports.domain.uploads import key_of
from chalicelib.imports.handlers.import_events import handle
from chalicelib.imports.usecases.change_import import result_link
from chalicelib.imports.usecases.remove_old_files import remove_old_files
from chalicelib.imports.usecases.run_import import run_import
from tests.factories.imports import (
    bucket,
    create_bucket,
    get_import,
    import_run,
    keys,
    lines,
    put,
    register,
    run_file,
    s3_client,
)
from tests.factories.leads import MANAGER, create_organisation
from tests.imports.import_fault_support import in_batches_of

pytestmark = pytest.mark.usefixtures("aws")
ONE, TWO = "+12025550101", "+12025550102"
UPLOADED = [
    key_of(ImportKind.BLOCK, "prj_1", "a-list"),
    "imports/leads/cmp_1/2026/11/leads.csv",
    "imports/forget/all/list.csv.gz",
    "imports/list.txt",
]
WRITTEN = ["results/imp_1.csv", "results/parts/imp_1/000000.csv", "results/parts/imp_2/000000.csv"]
OTHERS = ["exports/job_1/export.json", "geo/city.mmdb", "imports/block/", "imports/block/prj_1/"]


@pytest.fixture(autouse=True)
def _set_up(aws: None) -> None:
    create_organisation()
    create_bucket()


def written_at(key: str) -> int:
    head = s3_client().head_object(Bucket=bucket(), Key=key)
    return int(head["LastModified"].timestamp())


def put_all(*names: str) -> int:
    """Write files, and return when the last of them was written."""
    for name in names:
        put(b"" if name.endswith("/") else f"{ONE}\n", name)
    return max(map(written_at, names))


def remove(now: int) -> int:
    return remove_old_files(lambda: True, now)


@pytest.mark.parametrize("key", [*UPLOADED, *WRITTEN])
def test_PRI_25_a_file_is_gone_a_day_after_it_was_written(key: str) -> None:
    at = put_all(key)

    assert (remove(at + DAY_S - 1), keys()) == (0, [key])
    assert (remove(at + DAY_S), keys()) == (1, [])


def test_PRI_25_other_files_and_folders_stay() -> None:
    at = put_all(*UPLOADED, *WRITTEN, *OTHERS)

    assert remove(at + DAY_S) == len(UPLOADED) + len(WRITTEN)
    assert sorted(keys()) == sorted(OTHERS)


def test_PRI_25_more_files_than_a_page_of_the_bucket_are_seen() -> None:
    for number in range(1001):
        put("", f"results/imp_{number:04d}.csv")

    assert len(list(s3.list_files("results/"))) == 1001


def test_PRI_25_a_run_without_time_leaves_the_rest_to_the_next() -> None:
    at = put_all(*UPLOADED)
    left = iter([True, True, False])

    assert remove_old_files(lambda: next(left), at + DAY_S) == 2
    assert remove(at + DAY_S) == len(UPLOADED) - 2


def test_PRI_25_a_newer_file_of_the_same_key_stays() -> None:
    (key, *_), at = UPLOADED, put_all(UPLOADED[0])

    def replaced() -> bool:
        """The next weekly file comes in between the look at the bucket and the removal."""
        put(f"{TWO}\n", key)
        return True

    remove_old_files(replaced, at + DAY_S)

    assert keys() == [key]


def test_PRI_25_two_runs_at_once_remove_each_file() -> None:
    at = put_all(*UPLOADED)

    def other_run() -> bool:
        remove(at + DAY_S)
        return True

    remove_old_files(other_run, at + DAY_S)

    assert keys() == []


def test_PRI_25_a_result_is_offered_for_less_time_than_it_stays() -> None:
    now = clock.now()
    job = run_file(f"{ONE}\n", now=now)
    assert job.ended_at is not None
    offered = job.ended_at + 23 * 3600

    assert result_link(MANAGER, job, offered - 1) is not None
    assert result_link(MANAGER, job, offered) is None
    assert (remove(offered), keys()) == (0, [job.result_key])
    assert (remove(job.ended_at + DAY_S + 60), keys()) == (1, [])


def test_PRI_25_an_import_that_takes_more_than_a_day_ends_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    in_batches_of(1, monkeypatch)
    now = clock.now()
    job = register(put(lines([ONE, TWO, "+12025550103"])), now)
    run_import(job.id, import_run(now, batches=2))
    assert get_import(job.id, now).progress.parts == 2
    late = now + DAY_S + 60

    remove(late)
    run_import(job.id, import_run(late + 600))

    ended = get_import(job.id, late + 600)
    assert (ended.state, ended.failure) == (ImportState.FAILED, FileFailure("file_gone", 3))
    assert keys() == [ended.result_key]


def begin(key: str) -> None:
    upload = s3_client().create_multipart_upload(Bucket=bucket(), Key=key)["UploadId"]
    s3_client().upload_part(Bucket=bucket(), Key=key, UploadId=upload, PartNumber=1, Body=ONE.encode())


def unfinished() -> list[str]:
    uploads = s3_client().list_multipart_uploads(Bucket=bucket()).get("Uploads", [])
    return [upload["Key"] for upload in uploads]


def test_PRI_25_a_file_that_broke_off_while_it_was_sent_is_gone_a_day_later() -> None:
    begun = ["imports/block/prj_1/a-list.csv", "results/imp_1.csv", "exports/job_1/export.json"]
    for key in begun:
        begin(key)
    now = clock.now()

    def dated(parsed: dict[str, Any], **_: Any) -> None:
        """Date the uploads as S3 does; moto dates all of them to 2010."""
        for upload in parsed.get("Uploads", []):
            upload["Initiated"] = datetime.fromtimestamp(now, UTC)

    s3._client().meta.events.register("after-call.s3.ListMultipartUploads", dated)

    assert (remove(now + DAY_S - 1), sorted(unfinished())) == (0, sorted(begun))
    assert (remove(now + DAY_S), unfinished()) == (2, begun[2:])
    assert remove(now + DAY_S) == 0


# the function


LAMBDA: Any = SimpleNamespace(get_remaining_time_in_millis=lambda: 900_000)


def minute(kind: ImportKind) -> None:
    """Call a function as the schedule does every minute."""
    handle(CloudWatchEvent({"detail": {}, **_EVENT}, LAMBDA), kind)


_EVENT = {
    "version": "0", "account": "123456789012", "region": "us-east-1", "source": "aws.events", "resources": [],
    "detail-type": "Scheduled Event", "id": "1", "time": "2026-12-01T00:00:00Z",
}  # fmt: skip


@pytest.fixture
def a_day_later(monkeypatch: pytest.MonkeyPatch) -> int:
    at = put_all(*UPLOADED) + DAY_S
    monkeypatch.setattr(clock, "now", lambda: at)
    return at


def test_PRI_25_the_function_for_contacts_removes_them_every_minute(a_day_later: int) -> None:
    minute(ImportKind.LEADS)
    assert sorted(keys()) == sorted(UPLOADED)

    minute(ImportKind.BLOCK)
    assert keys() == []


def failing(operation: str) -> SimpleNamespace:
    """Let a call to S3 fail, under the SDK, and count the calls."""
    calls = itertools.count()

    def fail(**_: Any) -> None:
        next(calls)
        raise Unavailable("The file store did not answer.")

    events = s3._client().meta.events
    events.register(f"before-call.s3.{operation}", fail)
    return SimpleNamespace(stop=lambda: events.unregister(f"before-call.s3.{operation}", fail))


def test_PRI_25_a_bucket_that_cannot_be_listed_stops_no_import_and_is_not_silent(a_day_later: int) -> None:
    job = register(put(f"{TWO}\n"), a_day_later)
    fault = failing("ListObjectsV2")

    with pytest.raises(LeadwardenError):
        minute(ImportKind.BLOCK)
    fault.stop()

    assert get_import(job.id, a_day_later).state is ImportState.DONE


def test_PRI_25_a_result_that_breaks_off_leaves_no_parts_behind() -> None:
    piece = b"x" * (9 * 1024 * 1024)
    fault = failing("CompleteMultipartUpload")

    with pytest.raises(LeadwardenError):
        s3.join("results/imp_1.csv", [piece, piece])
    fault.stop()

    assert unfinished() == []
    s3.join("results/imp_1.csv", [piece, b"1", piece])
    head = s3_client().head_object(Bucket=bucket(), Key="results/imp_1.csv")
    assert head["ContentLength"] == 2 * len(piece) + 1
