"""Run by the engine's interpreter: start ministack so that it behaves as AWS does.

Without this, ministack runs functions with its own interpreter, whose packages would hide what the application's
layer lacks, and unpacks code and layer for each function. Here functions get the base interpreter without site
packages (standard library, zip and layer only), and share one unpacked copy. Further differences are closed:
the authorisation of a mail names its sender, and user pools refuse what Cognito refuses (engine_user_pool.py,
engine_software_tokens.py). Queries of large partitions are faster (engine_key_conditions.py), functions that fail on a
schedule are tried again (engine_events.py), each function has a bounded number of workers (engine_workers.py), and
routes have their own throttles (engine_throttles.py).
"""

import hashlib
import importlib
import io
import runpy
import sys
import threading
import zipfile
from pathlib import Path
from typing import Any

_COPY = b"unpacked copy "
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
    cognito = importlib.import_module("ministack.services.cognito")
    importlib.import_module("engine_user_pool").refuse_as_cognito(cognito)
    importlib.import_module("engine_software_tokens").keep_rules_of_cognito(cognito)
    dynamodb = importlib.import_module("ministack.services.dynamodb")
    importlib.import_module("engine_key_conditions").read_once(dynamodb)
    eventbridge = importlib.import_module("ministack.services.eventbridge")
    importlib.import_module("engine_events").try_again_as_lambda(eventbridge)
    functions = importlib.import_module("ministack.services.lambda_svc")
    importlib.import_module("engine_workers").bound_workers(functions)
    provisioners = importlib.import_module("ministack.services.cloudformation.provisioners")
    importlib.import_module("engine_throttles").read_paths_as_cloudformation(provisioners)
    sys.executable = str(interpreter)
    sys.argv = ["ministack"]
    runpy.run_module("ministack", run_name="__main__", alter_sys=True)


def share_unpacked(cache: Path) -> None:
    """Have functions start from one unpacked copy of their code and layer under `cache`.

    Left alone, the engine writes, checks and unpacks the archives anew for each start. Here it is given an empty
    archive whose comment names the copy, and unpacking that one makes links to it.
    """
    runtime: Any = importlib.import_module("ministack.core.lambda_runtime")
    service: Any = importlib.import_module("ministack.services.lambda_svc")
    spawn, layer_of = runtime.Worker._spawn, service._resolve_layer_zip  # noqa: SLF001
    starting = threading.local()
    one_at_a_time, named = threading.Lock(), dict[int, tuple[bytes, bytes]]()

    def name_of(archive: bytes) -> bytes:
        with one_at_a_time:
            if id(archive) not in named:
                named[id(archive)] = archive, _name(archive, cache)
            return named[id(archive)][1]

    def spawned(worker: Any) -> None:
        worker.code_zip, starting.here = name_of(worker.code_zip), True
        try:
            spawn(worker)
        finally:
            starting.here = False

    def layer(attachment: Any) -> bytes | None:
        archive: bytes | None = layer_of(attachment)
        return name_of(archive) if archive and getattr(starting, "here", False) else archive

    def extractall(archive: zipfile.ZipFile, path: Any = None, members: Any = None, pwd: Any = None) -> None:
        if not archive.comment.startswith(_COPY):
            _unpack(archive, path, members, pwd)
            return
        for entry in (cache / archive.comment.removeprefix(_COPY).decode()).iterdir():
            (Path(path) / entry.name).symlink_to(entry)

    runtime.Worker._spawn, service._resolve_layer_zip = spawned, layer  # noqa: SLF001
    zipfile.ZipFile.extractall = extractall  # type: ignore[assignment]


def _name(archive: bytes, cache: Path) -> bytes:
    """Unpack an archive under `cache`, unless it is there, and return an empty one that names the copy."""
    with zipfile.ZipFile(io.BytesIO(archive)) as content:
        if content.comment.startswith(_COPY):
            return archive
        name = hashlib.sha256(archive).hexdigest()
        if not (cache / name).exists():
            _unpack(content, cache / f"{name}.partial")
            (cache / f"{name}.partial").rename(cache / name)
    empty = io.BytesIO()
    with zipfile.ZipFile(empty, "w") as made:
        made.comment = _COPY + name.encode()
    return empty.getvalue()


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


main()
