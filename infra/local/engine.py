"""Start and stop ministack as a background process, on loopback, with IAM enforced; its state is kept."""

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

from infra.local.stack_config import REGION, LocalStackError, StackConfig, is_taken

_START_S = 300
_STOP_S = 300
_KEPT_ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "SSL_CERT_FILE", "SSL_CERT_DIR")


def running(config: StackConfig) -> StackConfig | None:
    """Return the configuration with the port of the running engine, or None when no engine runs."""
    try:
        started = json.loads(config.process_file.read_text(encoding="utf-8"))
        os.kill(started["pid"], 0)
    except (OSError, ValueError, KeyError):
        return None
    found = _at(config, int(started["port"]))
    return found if _healthy(found) else None


def start(config: StackConfig) -> StackConfig:
    """Start the engine unless it runs, and return when it answers; raise LocalStackError for a taken port."""
    found = running(config)
    if found:
        return found
    if is_taken(config.port):
        raise LocalStackError(
            f"Port {config.port} is taken by another program. Choose another one: make up LEADWARDEN_PORT=4570"
        )
    if not config.engine_python.exists():
        raise LocalStackError("The engine is not installed yet: make install")
    process = _spawn(config)
    config.process_file.write_text(json.dumps({"pid": process.pid, "port": config.port}), encoding="utf-8")
    deadline = time.monotonic() + _START_S
    while not _healthy(config):
        if process.poll() is not None or time.monotonic() > deadline:
            raise LocalStackError(f"The engine did not start; its last lines are in {config.log}")
        time.sleep(0.1)
    return config


def stop(config: StackConfig) -> bool:
    """Stop the engine after it has saved its state; return whether an engine was running."""
    found = running(config)
    if not found:
        config.process_file.unlink(missing_ok=True)
        return False
    pid = json.loads(config.process_file.read_text(encoding="utf-8"))["pid"]
    os.kill(pid, signal.SIGTERM)
    if not _ended(pid, _STOP_S):
        raise LocalStackError(f"The engine (process {pid}) does not stop; end it yourself.")
    config.process_file.unlink(missing_ok=True)
    return True


def reset(config: StackConfig) -> None:
    """Stop the engine and remove everything it kept."""
    stop(config)
    for kept in (config.state, config.home / "tmp", config.home / "unpacked"):
        shutil.rmtree(kept, ignore_errors=True)
    for kept in (config.stack_file, config.log):
        kept.unlink(missing_ok=True)


def environment(config: StackConfig) -> dict[str, str]:
    """Return the environment of the engine, without the AWS settings of the caller: functions would inherit them."""
    kept = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
    return kept | {
        "GATEWAY_PORT": str(config.port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "localhost",
        "MINISTACK_REGION": REGION,
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "AUTH": "true",
        "PERSIST_STATE": "0" if config.throwaway else "1",
        "STATE_DIR": str(config.state),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(config.state / "s3"),
        "TMPDIR": str(config.home / "tmp"),
        "CLOUDTRAIL_RECORDING": "1" if config.throwaway else "0",
        "CLOUDTRAIL_MAX_EVENTS": "200000",
        # as on AWS; workers have a bound of their own (engine_workers.py)
        "LAMBDA_ACCOUNT_CONCURRENCY": "1000",
        "LAMBDA_WARM_TTL_SECONDS": "60",
        "PYTHONUNBUFFERED": "1",
    }


def _spawn(config: StackConfig) -> "subprocess.Popen[bytes]":
    for directory in (config.state, config.home / "tmp"):
        directory.mkdir(parents=True, exist_ok=True)
    launch = Path(__file__).with_name("launch.py")
    with config.log.open("ab") as log:
        return subprocess.Popen(
            [str(config.engine_python), str(launch), str(config.home)],
            env=environment(config),
            cwd=config.home,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _healthy(config: StackConfig) -> bool:
    try:
        with urllib.request.urlopen(f"{config.endpoint_url}/_ministack/health", timeout=5) as answer:
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


def _at(config: StackConfig, port: int) -> StackConfig:
    return replace(config, port=port)
