"""Run by the engine's interpreter: start ministack so that it behaves as AWS does.

Without this, ministack runs functions with its own interpreter, whose packages would hide what the application's
layer lacks, and unpacks code and layer for each function. Here functions get the base interpreter without site
packages (standard library, zip and layer only), and share one unpacked copy. Two further differences are closed:
the authorisation of a mail names its sender, and user pools refuse what Cognito refuses (engine_user_pool.py).
"""

import hashlib
import importlib
import re
import runpy
import sys
import threading
import zipfile
from pathlib import Path
from typing import Any

_UNPACKED = re.compile(r"layer_\d+|code")
_unpack = zipfile.ZipFile.extractall


def main() -> None:
    """Write the functions' interpreter into the given directory and run ministack in this process."""
    home = Path(sys.argv[1])
    interpreter = home / "function-python"
    base = getattr(sys, "_base_executable", sys.executable)
    interpreter.write_text(f'#!/bin/sh\nexec "{base}" -S "$@"\n', encoding="utf-8")
    interpreter.chmod(0o700)
    share_unpacked(home / "unpacked")
    name_senders()
    importlib.import_module("engine_user_pool").refuse_as_cognito(
        importlib.import_module("ministack.services.cognito")
    )
    sys.executable = str(interpreter)
    sys.argv = ["ministack"]
    runpy.run_module("ministack", run_name="__main__", alter_sys=True)


def share_unpacked(cache: Path) -> None:
    """Replace the unpacking of code or a layer by links to one unpacked copy under `cache`."""

    lock = threading.Lock()

    def extractall(archive: zipfile.ZipFile, path: Any = None, members: Any = None, pwd: Any = None) -> None:
        if path is None or not _UNPACKED.fullmatch(Path(path).name):
            _unpack(archive, path, members, pwd)
            return
        unpacked = cache / _digest(archive)
        with lock:
            if not unpacked.exists():
                partial = cache / f"{unpacked.name}.partial"
                _unpack(archive, partial)
                partial.rename(unpacked)
        for entry in unpacked.iterdir():
            (Path(path) / entry.name).symlink_to(entry)

    zipfile.ZipFile.extractall = extractall  # type: ignore[assignment]


def name_senders() -> None:
    """Authorise a mail as Amazon SES does: for the identity of its sender, whose address a condition may name."""
    actions: Any = importlib.import_module("ministack.core.iam_actions")
    arn_of, tags_of = actions.extract_resource_arn, actions.request_tag_context

    def resource_arn(service: str, *request: Any) -> str:
        _, _, _, _, parameters, region, account = request
        sender = _sender(parameters) if service == "ses" else ""
        return (
            f"arn:aws:ses:{region}:{account}:identity/{sender}" if sender else str(arn_of(service, *request))
        )

    def context(service: str, action: str, body: bytes, parameters: dict[str, Any]) -> dict[str, Any]:
        known: dict[str, Any] = tags_of(service, action, body, parameters)
        return known | {"ses:fromaddress": _sender(parameters)} if action == "ses:SendEmail" else known

    actions.extract_resource_arn, actions.request_tag_context = resource_arn, context


def _sender(parameters: dict[str, Any]) -> str:
    """Return the sender's address of a call of SES, empty where it sends no mail."""
    value = parameters.get("Source", "")
    return str(value[0] if isinstance(value, list) else value)


def _digest(archive: zipfile.ZipFile) -> str:
    listed = repr([(entry.filename, entry.CRC, entry.file_size) for entry in archive.infolist()])
    return hashlib.sha256(listed.encode()).hexdigest()


main()
