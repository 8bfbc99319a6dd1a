"""`make audit` says what a database of known weaknesses knows, and never calls sound what it could not check.

The answers of the database are recorded in OSV's form (`osv_answers.json`) and served on loopback.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.infra.template_reader import ROOT

ANSWERS: dict[str, object] = json.loads((Path(__file__).parent / "osv_answers.json").read_text())
HASH = f"--hash=sha256:{'0' * 64}"


class Database(BaseHTTPRequestHandler):
    """Answers as recorded; 500 for what is not."""

    def do_POST(self) -> None:
        """Answer one query."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = ANSWERS.get(f"{asked['package']['name']} {asked['version']}")
        body = b"<html>" if asked["package"]["name"] == "broken" else json.dumps(answer).encode()
        self.send_response(500 if answer is None and body != b"<html>" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def database() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Database)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1/query"
    server.shutdown()
    server.server_close()


def audit(tmp_path: Path, database: str, *locks: str) -> subprocess.CompletedProcess[str]:
    paths = []
    for number, lines in enumerate(locks):
        path = tmp_path / f"{number}.lock"
        path.write_text("".join(f"{line} \\\n    {HASH}\n" for line in lines.split(",")))
        paths.append(str(path))
    command = [sys.executable, "-m", "infra.supply.audit", "--database", database, *paths]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_SEC_B8_a_known_weakness_is_named_with_the_version_that_mends_it(
    tmp_path: Path, database: str
) -> None:
    done = audit(tmp_path, database, "idna==3.6,six==1.17.0")
    assert done.returncode == 1
    assert "0.lock: idna 3.6: " in done.stdout
    assert "GHSA-jjg7-2v4v-x38h" in done.stdout
    assert "CVE-2024-3651" in done.stdout
    assert "fixed in 3.7" in done.stdout


def test_SEC_B8_sound_means_that_every_library_was_checked(tmp_path: Path, database: str) -> None:
    done = audit(tmp_path, database, "idna==3.20,six==1.17.0", "six==1.17.0")
    assert done.returncode == 0, done.stderr
    assert "3 locked libraries checked, no known weakness" in done.stdout


@pytest.mark.parametrize("line", ["unheard-of==1.0", "broken==1.0"])
def test_SEC_B8_a_database_that_does_not_answer_is_said_clearly(
    tmp_path: Path, database: str, line: str
) -> None:
    done = audit(tmp_path, database, f"six==1.17.0,{line}")
    assert done.returncode == 2
    assert "the audit is not complete" in done.stderr
    assert "no known weakness" not in done.stdout


def test_SEC_B8_a_database_that_cannot_be_reached_is_said_clearly(tmp_path: Path) -> None:
    done = audit(tmp_path, "http://127.0.0.1:9/v1/query", "six==1.17.0")
    assert done.returncode == 2
    assert "http://127.0.0.1:9/v1/query could not be reached" in done.stderr
    assert "not checked: 0.lock: " in done.stderr
    assert "Traceback" not in done.stderr
    assert "no known weakness" not in done.stdout


def test_SEC_B8_a_weakness_counts_though_another_lock_was_not_checked(tmp_path: Path, database: str) -> None:
    done = audit(tmp_path, database, "idna==3.6", "unheard-of==1.0")
    assert done.returncode == 1
    assert "weakness: 0.lock: idna 3.6" in done.stdout
    assert "not checked: 1.lock" in done.stderr


def test_SEC_B8_a_lock_with_no_library_is_not_called_sound(tmp_path: Path, database: str) -> None:
    done = audit(tmp_path, database, "six==1.17.0 ; python_version < '3'")
    assert done.returncode == 2
    assert "the audit is not complete" in done.stderr
