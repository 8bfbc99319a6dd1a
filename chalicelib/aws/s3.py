"""The bucket for uploads and results (Amazon S3). The client is made on first use."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Any

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
_MISSING = ("NoSuchKey", "404", "NotFound", "AccessDenied", "403")
_OTHER_CONTENT = ("PreconditionFailed", "412")


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
    """Write one file from many pieces, with at most one part of it in memory (PRI-23)."""
    parts: list[dict[str, Any]] = []
    buffer, upload = bytearray(), ""
    for content in contents:
        buffer += content
        if len(buffer) >= _PART:
            upload = upload or _begin(key)
            parts.append(_put_part(key, upload, len(parts) + 1, bytes(buffer)))
            buffer.clear()
    if not upload:
        write(key, bytes(buffer))
        return
    parts.append(_put_part(key, upload, len(parts) + 1, bytes(buffer)))
    with _translate_errors():
        _client().complete_multipart_upload(
            Bucket=bucket(), Key=key, UploadId=upload, MultipartUpload={"Parts": parts}
        )


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
