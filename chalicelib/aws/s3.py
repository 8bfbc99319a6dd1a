"""The bucket for uploads and results (Amazon S3). The client is made on first use."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, suppress
from typing import Any, NamedTuple

from chalicelib import settings
from chalicelib.aws.clients import client, translate_errors
from chalicelib.core.errors import Conflict, LeadwardenError, NotFound, Unavailable

_TIMEOUT_S = 10
_PIECE = 1024 * 1024
_PART = 8 * 1024 * 1024
_UPLOAD_FOR_S = 900
_LINK_FOR_S = 300
_CSV = "text/csv; charset=utf-8"
# without the right to list the bucket, S3 answers 403 for a missing key
_MISSING = ("NoSuchKey", "NoSuchUpload", "404", "NotFound", "AccessDenied", "403")
_OTHER_CONTENT = ("PreconditionFailed", "412")


class StoredFile(NamedTuple):
    """A file in the bucket: its key, its content's ETag, and when it was written."""

    key: str
    etag: str
    written_at: int


class UnfinishedFile(NamedTuple):
    """A file whose upload in parts is not complete: its key, the id of the upload, and when it began."""

    key: str
    upload: str
    began_at: int


def bucket() -> str:
    """Return the name of the bucket; raise Unavailable if this deployment has none."""
    name = settings.current().imports_bucket
    if not name:
        raise Unavailable("This deployment has no bucket for files.")
    return name


def upload_form(key: str, content_type: str, size: int) -> dict[str, Any]:
    """Return `url` and `fields` for a browser's upload of one file: this key, this type, at most this size (PRI-18)."""
    with _translate_errors():
        form: dict[str, Any] = _client().generate_presigned_post(
            bucket(),
            key,
            Fields={"Content-Type": content_type},
            Conditions=[{"Content-Type": content_type}, ["content-length-range", 1, size]],
            ExpiresIn=_UPLOAD_FOR_S,
        )
    return form


def link(key: str, name: str, content_type: str = _CSV) -> str:
    """Return an address that downloads a file for five minutes, always as an attachment (PRI-25)."""
    with _translate_errors():
        return str(
            _client().generate_presigned_url(
                "get_object",
                Params={
                    "Bucket": bucket(),
                    "Key": key,
                    "ResponseContentDisposition": f'attachment; filename="{name}"',
                    "ResponseContentType": content_type,
                },
                ExpiresIn=_LINK_FOR_S,
            )
        )


def pieces(key: str, etag: str, size: int, start: int = 0) -> Iterator[bytes]:
    """Yield a file from a byte on, in pieces of one MiB, each pinned to this content (PRI-19).

    Raise NotFound `file_gone` if the file is missing, Conflict `file_replaced` if it has other content.
    """
    while start < size:
        end = min(start + _PIECE, size)
        with _translate_errors():
            answer = _client().get_object(
                Bucket=bucket(), Key=key, Range=f"bytes={start}-{end - 1}", IfMatch=f'"{etag}"'
            )
            content: bytes = answer["Body"].read()
        yield content
        start = end


def read(key: str) -> bytes:
    """Return a small file; raise NotFound `file_gone` if it is missing."""
    with _translate_errors():
        content: bytes = _client().get_object(Bucket=bucket(), Key=key)["Body"].read()
    return content


def read_if_there(key: str) -> bytes | None:
    """Return a small file, or None if it is missing."""
    try:
        return read(key)
    except NotFound:
        return None


def write(key: str, content: bytes, content_type: str = _CSV) -> None:
    """Write a small file, replacing an existing one."""
    with _translate_errors():
        _client().put_object(Bucket=bucket(), Key=key, Body=content, ContentType=content_type)


def join(key: str, contents: Iterable[bytes]) -> None:
    """Write one file from many pieces, with at most one part of it in memory (PRI-23).

    If it fails, the parts that were written are removed (PRI-25).
    """
    buffer, pieces_left = bytearray(), iter(contents)
    for content in pieces_left:
        buffer += content
        if len(buffer) >= _PART:
            break
    else:
        write(key, bytes(buffer))
        return
    upload = _begin(key)
    try:
        _join_parts(key, upload, buffer, pieces_left)
    except Exception:
        _abort(key, upload)
        raise


def _join_parts(key: str, upload: str, buffer: bytearray, contents: Iterator[bytes]) -> None:
    parts = [_put_part(key, upload, 1, bytes(buffer))]
    buffer.clear()
    for content in contents:
        buffer += content
        if len(buffer) >= _PART:
            parts.append(_put_part(key, upload, len(parts) + 1, bytes(buffer)))
            buffer.clear()
    parts.append(_put_part(key, upload, len(parts) + 1, bytes(buffer)))
    with _translate_errors():
        _client().complete_multipart_upload(
            Bucket=bucket(), Key=key, UploadId=upload, MultipartUpload={"Parts": parts}
        )


def _abort(key: str, upload: str) -> None:
    """Remove the parts of a file that was not completed. The bucket's rule removes them if this fails, too."""
    with suppress(LeadwardenError), _translate_errors():
        _client().abort_multipart_upload(Bucket=bucket(), Key=key, UploadId=upload)


def remove(keys: Iterable[str]) -> None:
    """Remove files. A missing one is no error."""
    for key in keys:
        with _translate_errors():
            _client().delete_object(Bucket=bucket(), Key=key)


def remove_if(key: str, etag: str) -> None:
    """Remove a file if it still has this content. A newer file with the same key belongs to another import (PRI-19)."""
    try:
        with _translate_errors():
            current_etag = _client().head_object(Bucket=bucket(), Key=key)["ETag"].strip('"')
    except NotFound:
        return
    if current_etag == etag:
        remove([key])


def list_files(prefix: str) -> Iterator[StoredFile]:
    """Yield the files below a prefix by key, without those of deeper folders."""
    for page in _listed(prefix):
        for item in page.get("Contents", ()):
            written_at = int(item["LastModified"].timestamp())
            yield StoredFile(item["Key"], item["ETag"].strip('"'), written_at)


def list_folders(prefix: str) -> Iterator[str]:
    """Yield the folders right below a prefix, as prefixes themselves."""
    for page in _listed(prefix):
        yield from (folder["Prefix"] for folder in page.get("CommonPrefixes", ()))


def _listed(prefix: str) -> Iterator[dict[str, Any]]:
    token: dict[str, str] = {}
    while True:
        with _translate_errors():
            page = _client().list_objects_v2(Bucket=bucket(), Prefix=prefix, Delimiter="/", **token)
        yield page
        if not page.get("IsTruncated"):
            return
        token = {"ContinuationToken": page["NextContinuationToken"]}


def list_unfinished(prefix: str) -> Iterator[UnfinishedFile]:
    """Yield the files below a prefix, at any depth, whose upload in parts was begun and not completed."""
    place: dict[str, str] = {}
    while True:
        with _translate_errors():
            page = _client().list_multipart_uploads(Bucket=bucket(), Prefix=prefix, **place)
        for item in page.get("Uploads", ()):
            yield UnfinishedFile(item["Key"], item["UploadId"], int(item["Initiated"].timestamp()))
        if not page.get("IsTruncated"):
            return
        place = {"KeyMarker": page["NextKeyMarker"], "UploadIdMarker": page["NextUploadIdMarker"]}


def abort(file: UnfinishedFile) -> None:
    """Remove the parts of an unfinished file. A missing one is no error."""
    with suppress(NotFound), _translate_errors():
        _client().abort_multipart_upload(Bucket=bucket(), Key=file.key, UploadId=file.upload)


def _begin(key: str) -> str:
    with _translate_errors():
        answer = _client().create_multipart_upload(Bucket=bucket(), Key=key, ContentType=_CSV)
    return str(answer["UploadId"])


def _put_part(key: str, upload: str, number: int, content: bytes) -> dict[str, Any]:
    with _translate_errors():
        answer = _client().upload_part(
            Bucket=bucket(), Key=key, UploadId=upload, PartNumber=number, Body=content
        )
    return {"PartNumber": number, "ETag": answer["ETag"]}


def _translate_errors() -> AbstractContextManager[None]:
    return translate_errors(_error_of)


def _error_of(code: str) -> LeadwardenError:
    if code in _MISSING:
        return NotFound("The file no longer exists.", "file_gone")
    if code in _OTHER_CONTENT:
        return Conflict("The file was replaced by another.", "file_replaced")
    return Unavailable("The file store did not answer.")


def _client() -> Any:
    return client(
        "s3",
        connect_timeout_s=_TIMEOUT_S,
        read_timeout_s=_TIMEOUT_S,
        attempts=4,
        retry_mode="standard",
        signature_version="s3v4",
    )
