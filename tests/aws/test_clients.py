"""Clients of AWS services, and their errors in our terms."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from chalicelib.aws import clients, seal_archive
from chalicelib.core.errors import LeadwardenError, NotFound, Unavailable


def refused(code: str) -> ClientError:
    """The SDK's error for a call that the service refused."""
    return ClientError({"Error": {"Code": code, "Message": "of a person"}}, "GetObject")


def silent() -> ReadTimeoutError:
    """The SDK's error for a call that no answer came to."""
    return ReadTimeoutError(endpoint_url="https://example.com")


def error_of(code: str) -> LeadwardenError:
    """A missing file is NotFound, everything else Unavailable."""
    return NotFound("No file.") if code == "NoSuchKey" else Unavailable(f"No answer: {code!r}.")


def test_a_client_has_time_limits_and_is_created_once() -> None:
    created = clients.client("s3", connect_timeout_s=2, read_timeout_s=7, attempts=4)

    config = created.meta.config
    assert (config.connect_timeout, config.read_timeout) == (2, 7)
    assert config.retries["total_max_attempts"] == 4
    assert clients.client("s3", connect_timeout_s=2, read_timeout_s=7, attempts=4) is created
    assert clients.client("s3", connect_timeout_s=2, read_timeout_s=8, attempts=4) is not created


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (refused("NoSuchKey"), NotFound, "No file."),
        (refused("SlowDown"), Unavailable, "No answer: 'SlowDown'."),
        (silent(), Unavailable, "No answer: ''."),
    ],
)
def test_an_error_of_the_sdk_is_translated_by_its_code(
    error: Exception, kind: type[LeadwardenError], message: str
) -> None:
    with pytest.raises(kind, match=message) as caught, clients.translate_errors(error_of):
        raise error
    assert caught.value.__cause__ is error


def test_an_unchained_error_does_not_show_the_request() -> None:
    with pytest.raises(Unavailable) as caught, clients.translate_errors(error_of, chained=False):
        raise refused("SlowDown")
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("error", [ValueError("ours"), NotFound("Another.")])
def test_other_errors_pass(error: Exception) -> None:
    with pytest.raises(type(error)) as caught, clients.translate_errors(error_of):
        raise error
    assert caught.value is error


@pytest.mark.parametrize("error", [silent(), refused("SlowDown")])
def test_an_archive_of_seals_that_does_not_answer_is_unavailable(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        """A client that fails."""

        def get_object(self, **_: Any) -> Any:
            """Fail."""
            raise error

        put_object = get_object

    monkeypatch.setattr(seal_archive, "_bucket", lambda: "seals")
    monkeypatch.setattr(seal_archive, "_client", Broken)

    with pytest.raises(Unavailable):
        seal_archive.get("seal.json")
    with pytest.raises(Unavailable):
        seal_archive.put("seal.json", b"{}")
