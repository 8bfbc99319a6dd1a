"""Locks are written from the lists, and only what they hold is installed (`make lock`, `make install`)."""

import hashlib
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from infra.supply.locks import read_lock
from infra.supply.write_locks import write_lock
from tests.infra.template_reader import ROOT
from tests.infra.wheels import write_wheel


@pytest.fixture
def offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels that is all there is, for pip and for uv."""
    folder = tmp_path / "offered"
    folder.mkdir()
    for name, value in {"NO_INDEX": "1", "FIND_LINKS": str(folder)}.items():
        monkeypatch.setenv(f"PIP_{name}", value)
        monkeypatch.setenv(f"UV_{name}", value)
    return folder


def locked(tmp_path: Path, asked: str, upgrade: str | None = None) -> list[tuple[str, str, tuple[str, ...]]]:
    (tmp_path / "asked.txt").write_text(asked)
    assert write_lock(str(tmp_path / "asked.txt"), str(tmp_path / "asked.lock"), [], upgrade) == 0
    return [(str(pin.name), pin.version, pin.hashes) for pin in read_lock(tmp_path / "asked.lock")]


def test_SEC_B8_a_lock_holds_what_the_asked_libraries_need(offered: Path, tmp_path: Path) -> None:
    needed = write_wheel(offered, "needed", "1.0")
    asked = write_wheel(offered, "asked", "2.0", needs="needed>=1")
    assert locked(tmp_path, "asked==2.0\n") == [("asked", "2.0", (asked,)), ("needed", "1.0", (needed,))]
    assert str(offered) not in (tmp_path / "asked.lock").read_text()


def test_SEC_B8_a_locked_version_stays_until_an_upgrade(offered: Path, tmp_path: Path) -> None:
    write_wheel(offered, "needed", "1.0")
    write_wheel(offered, "asked", "2.0", needs="needed")
    first = locked(tmp_path, "asked==2.0\n")
    newest = write_wheel(offered, "needed", "1.1")
    assert locked(tmp_path, "asked==2.0\n") == first
    assert ("needed", "1.1", (newest,)) in locked(tmp_path, "asked==2.0\n", upgrade="needed")


def test_SEC_B8_a_lock_stays_as_it_is_if_a_library_cannot_be_had(offered: Path, tmp_path: Path) -> None:
    write_wheel(offered, "asked", "2.0")
    locked(tmp_path, "asked==2.0\n")
    before = (tmp_path / "asked.lock").read_bytes()
    (tmp_path / "asked.txt").write_text("asked==2.0\nabsent==1.0\n")
    assert write_lock(str(tmp_path / "asked.txt"), str(tmp_path / "asked.lock"), [], None) != 0
    assert (tmp_path / "asked.lock").read_bytes() == before


def install(tmp_path: Path, lock: str) -> subprocess.CompletedProcess[str]:
    (tmp_path / "a.lock").write_text(lock)
    command = [sys.executable, str(ROOT / "infra/install.py"), "env", "a.lock"]
    return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env=os.environ)


def test_SEC_B8_only_a_file_with_a_locked_hash_is_installed(offered: Path, tmp_path: Path) -> None:
    digest = write_wheel(offered, "asked", "2.0")
    line = f"asked==2.0 \\\n    --hash=sha256:{digest}\n"
    done = install(tmp_path, line)
    assert done.returncode == 0, done.stderr
    found = subprocess.run(
        [str(tmp_path / "env/bin/python"), "-c", "import asked; print(asked.version)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout == "2.0\n"
    (offered / "asked-2.0-py3-none-any.whl").unlink()
    assert install(tmp_path, line).returncode == 0  # nothing changed, nothing is fetched
    write_wheel(offered, "asked", "2.0", needs="other")
    changed = install(tmp_path, line + "# changed\n")
    assert changed.returncode == 0  # pip does not fetch what is installed
    (tmp_path / "env/.installed").unlink()
    write_wheel(offered, "more", "1.0")
    refused = install(tmp_path, line + f"more==1.0 \\\n    --hash=sha256:{digest}\n")
    assert refused.returncode == 1
    assert "DO NOT MATCH THE HASHES" in refused.stderr
    assert "install none of them" in refused.stderr
    assert not (tmp_path / "env/.installed").exists()


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ("without a hash", "--require-hashes"),
        ("source only", "No matching distribution found for asked==2.0"),
        ("not whole", "needed"),
    ],
)
def test_SEC_B8_nothing_is_installed_outside_the_lock(
    offered: Path, tmp_path: Path, case: str, reason: str
) -> None:
    digest = write_wheel(offered, "asked", "2.0", needs="needed" if case == "not whole" else "")
    write_wheel(offered, "needed", "1.0")
    lock = f"asked==2.0 \\\n    --hash=sha256:{digest}\n"
    if case == "without a hash":
        lock = "asked==2.0\n"
    elif case == "source only":
        (offered / "asked-2.0-py3-none-any.whl").unlink()
        source = offered / "asked-2.0.tar.gz"
        with tarfile.open(source, "w:gz"):
            pass
        lock = f"asked==2.0 \\\n    --hash=sha256:{hashlib.sha256(source.read_bytes()).hexdigest()}\n"
    done = install(tmp_path, lock)
    assert done.returncode == 1
    assert reason in done.stderr
    assert "could not be installed" in done.stderr
    assert not [*(tmp_path / "env").glob("lib/*/site-packages/asked*")]
