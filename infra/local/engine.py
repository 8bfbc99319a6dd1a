"""Start and stop ministack as a background process, on loopback, with IAM enforced and kept state."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import replace
from pathlib import Path

from infra.local.place import REGION, LocalStackError, Place, is_taken

_START_S = 60
_STOP_S = 60
_KEPT_ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "SSL_CERT_FILE", "SSL_CERT_DIR")


def running(place: Place) -> Place | None:
    """Return the place with the port its engine answers on, or None when it does not run."""
    try:
        started = json.loads(place.process_file.read_text(encoding="utf-8"))
        os.kill(started["pid"], 0)
    except (OSError, ValueError, KeyError):
        return None
    found = _at(place, int(started["port"]))
    return found if _healthy(found) else None


def start(place: Place) -> Place:
    """Start the engine unless it runs, and return once it answers; a taken port is one clear line."""
    found = running(place)
    if found:
        return found
    if is_taken(place.port):
        raise LocalStackError(
            f"Port {place.port} is taken by another program. Choose another one: make up LEADWARDEN_PORT=4570"
        )
    if not place.engine_python.exists():
        raise LocalStackError("The engine is not installed yet: make install")
    process = _spawn(place)
    place.process_file.write_text(json.dumps({"pid": process.pid, "port": place.port}), encoding="utf-8")
    deadline = time.monotonic() + _START_S
    while not _healthy(place):
        if process.poll() is not None or time.monotonic() > deadline:
            raise LocalStackError(f"The engine did not start; its last words are in {place.log}")
        time.sleep(0.1)
    return place


def stop(place: Place) -> bool:
    """Stop the engine, letting it save its state; tell whether there was one to stop."""
    found = running(place)
    if not found:
        place.process_file.unlink(missing_ok=True)
        return False
    pid = json.loads(place.process_file.read_text(encoding="utf-8"))["pid"]
    os.kill(pid, signal.SIGTERM)
    if not _ended(pid, _STOP_S):
        raise LocalStackError(f"The engine (process {pid}) does not stop; end it by hand.")
    place.process_file.unlink(missing_ok=True)
    return True


def reset(place: Place) -> None:
    """Stop the engine and remove everything it kept."""
    stop(place)
    for kept in (place.state, place.home / "tmp", place.home / "unpacked"):
        shutil.rmtree(kept, ignore_errors=True)
    for kept in (place.stack_file, place.log):
        kept.unlink(missing_ok=True)


def environment(place: Place) -> dict[str, str]:
    """Return the environment of the engine: nothing of the caller's AWS settings may leak into functions."""
    kept = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
    return kept | {
        "GATEWAY_PORT": str(place.port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "localhost",
        "MINISTACK_REGION": REGION,
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "AUTH": "true",
        "PERSIST_STATE": "0" if place.throwaway else "1",
        "STATE_DIR": str(place.state),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(place.state / "s3"),
        "TMPDIR": str(place.home / "tmp"),
        "CLOUDTRAIL_RECORDING": "1" if place.throwaway else "0",
        "CLOUDTRAIL_MAX_EVENTS": "200000",
        "LAMBDA_WARM_TTL_SECONDS": "60",
        "PYTHONUNBUFFERED": "1",
    }


def _spawn(place: Place) -> "subprocess.Popen[bytes]":
    for directory in (place.state, place.home / "tmp"):
        directory.mkdir(parents=True, exist_ok=True)
    launch = Path(__file__).with_name("launch.py")
    with place.log.open("ab") as log:
        return subprocess.Popen(
            [str(place.engine_python), str(launch), str(place.home)],
            env=environment(place),
            cwd=place.home,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _healthy(place: Place) -> bool:
    try:
        with urllib.request.urlopen(f"{place.endpoint_url}/_ministack/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _ended(pid: int, within_s: float) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def _at(place: Place, port: int) -> Place:
    return replace(place, port=port)
