"""The Postgres that comes with the package: its life and deaths, on real servers."""

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import asyncpg
import pytest

from app.core import embedded, embedded_process
from app.core.embedded import (
    EmbeddedServer,
    OtherMajor,
    ServerFailed,
    start,
    stop,
)
from tests.core.servers import (
    NEWEST,
    PROGRAM_LIMIT_S,
    SYSTEM,
    ask,
    each_version,
    environment,
    mode,
    on_linux,
    postmaster,
    program,
    with_system,
)


@each_version
def test_start_join_stop_and_start_again_keep_rows(home: Path, bin_dir: Path) -> None:
    first = start(home, bin_dir=bin_dir, fast=True)
    assert first.started
    assert (first.host, first.superuser) == ("127.0.0.1", "openlot_admin")
    assert first.version.startswith(bin_dir.parent.name.removeprefix("pginstall"))
    ask(first.owner_url, "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (42)")
    joined = start(home, bin_dir=bin_dir, fast=True)
    assert not joined.started
    assert joined.owner_url == first.owner_url
    stop(home)
    with pytest.raises(OSError, match="Connect call failed"):
        ask(first.owner_url, "SELECT 1")
    again = start(home, bin_dir=bin_dir, fast=True)
    assert again.started
    assert again.port == first.port
    assert ask(again.owner_url, "SELECT n FROM kept") == [(42,)]


def test_stop_is_silent_where_nothing_runs(home: Path) -> None:
    stop(home)
    assert not home.exists()


def test_stop_is_silent_where_nothing_runs_any_more(made_home: Path) -> None:
    stop(made_home)
    assert start(made_home, fast=True).started


@each_version
def test_a_killed_postmaster_loses_no_committed_row(home: Path, bin_dir: Path) -> None:
    server = start(home, bin_dir=bin_dir)
    ask(server.owner_url, "CREATE TABLE kept (n int PRIMARY KEY)")
    tens = range(0, 1000, 10)
    insert = "INSERT INTO kept SELECT generate_series({0}, {0} + 9)"
    ask(server.owner_url, *(insert.format(n) for n in tens))
    os.kill(postmaster(server), signal.SIGKILL)
    again = start(home, bin_dir=bin_dir)
    assert again.started
    assert ask(again.owner_url, "SELECT count(*), sum(n) FROM kept") == [(1000, 499500)]


def test_a_crashed_server_is_started_again_but_a_stopped_one_stays_down(
    made_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "WATCH_S", 0.1)
    server = start(made_home, fast=True)
    ended = threading.Event()
    watch = threading.Thread(target=embedded.keep_alive, args=(made_home, ended))
    watch.start()
    try:
        first = postmaster(server)
        os.kill(first, signal.SIGKILL)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and not answers_again(server, first):
            time.sleep(0.1)
        assert answers_again(server, first)
        stop(made_home)
        time.sleep(1)
        assert not (server.data_dir / "postmaster.pid").exists()
    finally:
        ended.set()
        watch.join()


def answers_again(server: EmbeddedServer, before: int) -> bool:
    try:
        return postmaster(server) != before and ask(server.owner_url, "SELECT 1") == [(1,)]
    except (OSError, asyncpg.PostgresError):
        return False


@on_linux
def test_a_child_of_a_killed_postmaster_that_computes_is_ended(
    made_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_process, "ORPHAN_WAIT_S", 1.0)
    server = start(made_home, fast=True)
    loop = "DO $$ BEGIN LOOP END LOOP; END $$"

    def compute() -> None:
        with pytest.raises((OSError, asyncpg.PostgresError)):
            ask(server.owner_url, loop)

    busy = threading.Thread(target=compute)
    busy.start()
    activity = f"SELECT pid FROM pg_stat_activity WHERE query = '{loop}'"
    while not (child := ask(server.admin_url, activity)):
        time.sleep(0.02)
    os.kill(postmaster(server), signal.SIGKILL)
    time.sleep(0.2)
    assert Path("/proc", str(child[0]["pid"])).exists()
    assert start(made_home, fast=True).started
    busy.join(timeout=10)
    assert not busy.is_alive()


@on_linux
def test_a_zombie_does_not_count_as_alive(made_home: Path) -> None:
    script = program("""
        import ctypes, os, signal, sys, time
        from pathlib import Path
        from app.core.embedded import start

        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER: and we never reap
        home = Path(sys.argv[1])
        pid = (start(home, fast=True).data_dir / "postmaster.pid").read_text().split()[0]
        os.kill(int(pid), signal.SIGKILL)
        while ") Z " not in Path("/proc", pid, "stat").read_text():
            time.sleep(0.01)
        print(start(home, fast=True).started, ") Z " in Path("/proc", pid, "stat").read_text())
    """)
    told = subprocess.check_output(
        [*script, str(made_home)], env=environment(), text=True, timeout=PROGRAM_LIMIT_S
    )
    assert told.split() == ["True", "True"]


def test_a_number_that_another_process_got_does_not_count_as_alive(made_home: Path) -> None:
    server = start(made_home, fast=True)
    os.kill(postmaster(server), signal.SIGKILL)
    with subprocess.Popen(["sleep", "60"]) as other:
        pid_file = server.data_dir / "postmaster.pid"
        lines = pid_file.read_text().split("\n")
        pid_file.write_text("\n".join([str(other.pid), *lines[1:]]))
        try:
            assert start(made_home, fast=True).started
        finally:
            other.kill()


def test_two_processes_that_start_at_once_share_one_server(home: Path) -> None:
    script = program("""
        import json, sys
        from pathlib import Path
        from app.core.embedded import start

        server = start(Path(sys.argv[1]), fast=True)
        print(json.dumps([server.port, server.started]))
    """)
    both = [
        subprocess.Popen([*script, str(home)], env=environment(), stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    told = [json.loads(each.communicate(timeout=PROGRAM_LIMIT_S)[0]) for each in both]
    assert {port for port, _ in told} == {told[0][0]}
    assert sorted(started for _, started in told) == [False, True]
    assert not start(home).started  # and it outlives both


def test_the_server_survives_the_terminal_and_the_death_of_its_starter(made_home: Path) -> None:
    script = program("""
        import sys, time
        from pathlib import Path
        from app.core.embedded import start

        start(Path(sys.argv[1]), fast=True)
        try:
            print("up", flush=True)
            time.sleep(60)
        except KeyboardInterrupt:
            print("interrupted", flush=True)
            time.sleep(60)
    """)
    with subprocess.Popen(
        [*script, str(made_home)], env=environment(), stdout=subprocess.PIPE, start_new_session=True
    ) as starter:
        assert starter.stdout.readline() == b"up\n"
        os.killpg(starter.pid, signal.SIGINT)  # what Ctrl-C does
        assert starter.stdout.readline() == b"interrupted\n"
        assert not start(made_home).started
        os.killpg(starter.pid, signal.SIGKILL)
    joined = start(made_home)
    assert not joined.started
    stop(made_home)
    with pytest.raises(OSError, match="Connect call failed"):
        ask(joined.admin_url, "SELECT 1")


@each_version
def test_nothing_outside_its_folder_is_changed(home: Path, bin_dir: Path) -> None:
    def outside() -> list[object]:
        above = [*home.parents, *bin_dir.parents, *Path(sys.executable).resolve().parents]
        return [
            Path("/etc/passwd").read_bytes(),
            Path("/etc/group").read_bytes(),
            [(each, mode(each), each.stat().st_uid) for each in above],
            pwd.getpwall(),
        ]

    before = outside()
    start(home, bin_dir=bin_dir, fast=True)
    assert outside() == before


def test_commits_are_safe_unless_asked_otherwise(made_home: Path) -> None:
    server = start(made_home)
    names = "('fsync', 'full_page_writes', 'synchronous_commit')"
    rows = ask(server.admin_url, f"SELECT setting FROM pg_settings WHERE name IN {names}")
    assert rows == [("on",)] * 3


def test_a_start_that_was_cut_short_is_completed(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cut(*_: object) -> str:
        raise InterruptedError

    (home / "data.new" / "base").mkdir(parents=True)  # left by an initdb that was killed
    with monkeypatch.context() as patch:
        patch.setattr(embedded, "_provide", cut)
        with pytest.raises(InterruptedError):
            start(home, fast=True)
    server = start(home, fast=True)
    assert not server.started
    assert ask(server.runtime_url, "SELECT current_user") == [("openlot_app",)]


def test_a_port_that_a_stranger_took_is_replaced(made_home: Path) -> None:
    first = start(made_home, fast=True)
    stop(made_home)
    with socket.create_server(("127.0.0.1", first.port)) as stranger:

        def talk() -> None:
            with stranger.accept()[0] as peer:
                peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        talking = threading.Thread(target=talk)
        talking.start()
        second = start(made_home, fast=True)
        talking.join(timeout=10)
    assert second.started
    assert second.port != first.port
    assert ask(second.runtime_url, "SELECT 1") == [(1,)]


def test_a_copy_of_a_home_is_another_server(made_home: Path, folder: Path) -> None:
    shutil.copytree(made_home, folder / "copy")
    first = start(made_home, fast=True)
    copy = start(folder / "copy", fast=True)
    assert copy.started
    assert copy.port != first.port
    assert copy.data_dir == (folder / "copy" / "data").resolve()


def test_a_silent_server_is_neither_killed_nor_doubled(
    made_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_process, "ORPHAN_WAIT_S", 0.5)
    monkeypatch.setattr(embedded_process, "CONNECT_TIMEOUT_S", 0.5)
    server = start(made_home, fast=True)
    pid = postmaster(server)
    os.kill(pid, signal.SIGSTOP)
    try:
        with pytest.raises(ServerFailed, match="does not answer"):
            start(made_home, fast=True)
    finally:
        os.kill(pid, signal.SIGCONT)
    assert not start(made_home).started
    assert postmaster(server) == pid


@with_system
def test_data_of_another_major_version_are_left_alone(home: Path) -> None:
    server = start(home, bin_dir=SYSTEM, fast=True)
    ask(server.owner_url, "CREATE TABLE kept AS SELECT 3 AS n")
    stop(home)
    with pytest.raises(OtherMajor) as caught:
        start(home, bin_dir=NEWEST, fast=True)
    for text in (caught.value.text_zh, caught.value.text_en):
        assert "pg_dumpall" in text
        assert f"Postgres {SYSTEM.parent.name}" in text
        assert "Postgres 18" in text
    again = start(home, bin_dir=SYSTEM, fast=True)
    assert ask(again.owner_url, "SELECT n FROM kept") == [(3,)]


def test_lost_passwords_are_not_replaced(made_home: Path) -> None:
    (made_home / "secrets.json").rename(made_home / "elsewhere")
    with pytest.raises(ServerFailed, match="passwords are gone"):
        start(made_home, fast=True)
    (made_home / "elsewhere").rename(made_home / "secrets.json")
    assert start(made_home, fast=True).started


def test_why_it_did_not_start_is_told(made_home: Path) -> None:
    with (made_home / "data" / "postgresql.conf").open("a") as file:
        file.write("no_such_setting = 1\n")
    with pytest.raises(ServerFailed, match=r"FATAL.*postgresql\.conf"):
        start(made_home, fast=True)


def test_a_large_log_is_put_aside_at_the_next_start(made_home: Path) -> None:
    log = made_home / "postgres.log"
    with log.open("r+b") as file:
        file.truncate(10_000_001)
    start(made_home, fast=True)
    assert (made_home / "postgres.log.1").stat().st_size == 10_000_001
    assert 0 < log.stat().st_size < 100_000
    assert mode(log) == 0o600
