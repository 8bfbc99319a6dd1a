"""The bucket that uploads come into and results go out of (Amazon S3); its clients are made on first use."""

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
# who may not list a bucket is told 403 of a key that is not there
_GONE = ("NoSuchKey", "404", "NotFound", "AccessDenied", "403")
_OTHER_CONTENT = ("PreconditionFailed", "412")


def bucket() -> str:
    """Return the name of the bucket; Unavailable where this deployment has none."""
    name = settings.current().imports_bucket
    if not name:
        raise Unavailable("This deployment takes no files.")
    return name


def upload_form(key: str, content_type: str, size: int) -> dict[str, Any]:
    """Return `url` and `fields` with which a browser puts one file: this key, this type, at most this size (PRI-18)."""
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
    """Return an address that downloads a file for five minutes, always as a file (PRI-25)."""
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
    """Yield a file from a byte on, a mebibyte at a time, each pinned to this content (PRI-19).

    Raises NotFound `file_gone` or Conflict `file_replaced` as soon as it is not there, or not that content, any more.
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
    """Return a small file whole; NotFound `file_gone` if it is not there."""
    with _translate_errors():
        content: bytes = _client().get_object(Bucket=bucket(), Key=key)["Body"].read()
    return content


def read_if_there(key: str) -> bytes | None:
    """Return a small file whole, or None."""
    try:
        return read(key)
    except NotFound:
        return None


def write(key: str, content: bytes, content_type: str = _CSV) -> None:
    """Write a small file, over what is there."""
    with _translate_errors():
        _client().put_object(Bucket=bucket(), Key=key, Body=content, ContentType=content_type)


def join(key: str, contents: Iterable[bytes]) -> None:
    """Write one file of many pieces, holding no more than one part of it at a time (PRI-23)."""
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
    """Remove files; one that is not there is no error."""
    for key in keys:
        with _translate_errors():
            _client().delete_object(Bucket=bucket(), Key=key)


def remove_if(key: str, etag: str) -> None:
    """Remove a file if it still has this content: a newer one of the same key is another import's (PRI-19)."""
    try:
        with _translate_errors():
            found = _client().head_object(Bucket=bucket(), Key=key)["ETag"].strip('"')
    except NotFound:
        return
    if found == etag:
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
    if code in _GONE:
        return NotFound("The file is not there any more.", "file_gone")
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
