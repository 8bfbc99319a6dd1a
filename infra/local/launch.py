"""Run by the engine's interpreter: start ministack so that its functions behave as Lambda's do.

Left alone, ministack runs them with its own interpreter, whose packages would hide what the application's layer
lacks, and unpacks code and layer for each of them. Here they get the base interpreter without site packages
(standard library, zip and layer: nothing else) and share one unpacked copy, as warm as Lambda's own caches.
It also asks for leave to send a mail without saying who sends it, so that no policy could allow one sender alone.
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
    """Write the functions' interpreter into the given directory and become ministack."""
    home = Path(sys.argv[1])
    interpreter = home / "function-python"
    base = getattr(sys, "_base_executable", sys.executable)
    interpreter.write_text(f'#!/bin/sh\nexec "{base}" -S "$@"\n', encoding="utf-8")
    interpreter.chmod(0o700)
    share_unpacked(home / "unpacked")
    name_senders()
    sys.executable = str(interpreter)
    sys.argv = ["ministack"]
    runpy.run_module("ministack", run_name="__main__", alter_sys=True)


def share_unpacked(cache: Path) -> None:
    """Make the unpacking of code or a layer a link to the one unpacked copy under `cache`."""

    one_at_a_time = threading.Lock()

    def extractall(archive: zipfile.ZipFile, path: Any = None, members: Any = None, pwd: Any = None) -> None:
        if path is None or not _UNPACKED.fullmatch(Path(path).name):
            _unpack(archive, path, members, pwd)
            return
        unpacked = cache / _digest(archive)
        with one_at_a_time:
            if not unpacked.exists():
                partial = cache / f"{unpacked.name}.partial"
                _unpack(archive, partial)
                partial.rename(unpacked)
        for entry in unpacked.iterdir():
            (Path(path) / entry.name).symlink_to(entry)

    zipfile.ZipFile.extractall = extractall  # type: ignore[assignment]


def name_senders() -> None:
    """Have a mail authorised as Amazon SES does: on the identity of its sender, whose address conditions may name."""
    actions: Any = importlib.import_module("ministack.core.iam_actions")
    arn_of, tags_of = actions.extract_resource_arn, actions.request_tag_context

    def resource_arn(service: str, *request: Any) -> str:
        _, _, _, _, asked, region, account = request
        sender = _sender(asked) if service == "ses" else ""
        return (
            f"arn:aws:ses:{region}:{account}:identity/{sender}" if sender else str(arn_of(service, *request))
        )

    def context(service: str, action: str, body: bytes, asked: dict[str, Any]) -> dict[str, Any]:
        known: dict[str, Any] = tags_of(service, action, body, asked)
        return known | {"ses:fromaddress": _sender(asked)} if action == "ses:SendEmail" else known

    actions.extract_resource_arn, actions.request_tag_context = resource_arn, context


def _sender(asked: dict[str, Any]) -> str:
    """Return the address a call of SES sends from, empty where it sends nothing."""
    value = asked.get("Source", "")
    return str(value[0] if isinstance(value, list) else value)


def _digest(archive: zipfile.ZipFile) -> str:
    listed = repr([(entry.filename, entry.CRC, entry.file_size) for entry in archive.infolist()])
    return hashlib.sha256(listed.encode()).hexdigest()


main()
