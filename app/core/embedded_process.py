"""The processes of an embedded Postgres: making the cluster, starting, and telling dead from alive."""

import asyncio
import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import signal
import socket
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import asyncpg

from app.core.embedded_binaries import Account, Binaries, open_folder
from app.core.embedded_home import ADMIN, Home, OtherMajor, Remembered, write_private

HOST = "127.0.0.1"
CONNECT_TIMEOUT_S = 5
START_TIMEOUT_S = 300
ORPHAN_WAIT_S = 5.0
POLL_S = 0.02
PORT_ATTEMPTS = 3
BUILTIN_LOCALE_MAJOR = 17
SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",  # a socket's path must be short; ours need not be
    "dynamic_shared_memory_type": "mmap",  # /dev/shm of a container is 64 MB
}
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def url(role: str, password: str, port: int, database: str) -> str:
    return f"postgresql+asyncpg://{role}:{password}@{HOST}:{port}/{database}"


@contextlib.asynccontextmanager
async def connection(address: str) -> AsyncIterator[Any]:
    """A connection of asyncpg (which has no types), closed at the end."""
    opened = await asyncpg.connect(
        address.replace("+asyncpg", "", 1),
        ssl=False,
        timeout=CONNECT_TIMEOUT_S,
        target_session_attrs="any",
    )
    try:
        yield opened
    finally:
        await opened.close()


def answers(home: Home) -> bool:
    """Whether the server of this very home answers; waits while it starts or recovers."""
    port = home.remembered().port
    deadline = time.monotonic() + START_TIMEOUT_S
    while port and time.monotonic() < deadline:
        try:
            told = asyncio.run(
                _data_directory(url(ADMIN, home.passwords()[ADMIN], port, "postgres"))
            )
        except asyncpg.CannotConnectNowError:
            time.sleep(POLL_S)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False  # nobody is there, or a stranger
        except asyncpg.InternalClientError:
            return False  # a stranger of another kind
        else:
            return Path(told) == home.data
    return False


async def _data_directory(address: str) -> str:
    async with connection(address) as admin:
        return str(await admin.fetchval("SHOW data_directory"))


def launch(home: Home, account: Account, binaries: Binaries, *, fast: bool, shared: Path) -> None:
    """Make the cluster if there is none, and start the server; returns once it answers."""
    data = _place(home, account, shared)
    home.rotate_log()
    with idle(home, data) as hold:
        if not data.exists():
            _initialise(home, data, account, binaries, fast=fast)
        if not home.data.exists():
            (home.path / "data").symlink_to(data)
        written_by = (data / "PG_VERSION").read_text().strip()
        if written_by != str(binaries.major):
            raise OtherMajor(data=data, old=written_by, new=binaries.major)
        account.hand_over(data)
        for _ in range(PORT_ATTEMPTS):
            port = free_port(home.remembered().port)
            home.remember(Remembered(port, binaries.folder))
            if _begin(home, account, fast=fast, hold=hold):
                return
            if free_port(port) == port:  # nobody took it in between, so that was not the cause
                break
    raise home.failure("pg_ctl start")


def _begin(home: Home, account: Account, *, fast: bool, hold: int) -> bool:
    chosen = home.remembered()
    settings = SETTINGS | (FAST if fast else {}) | {"port": str(chosen.port)}
    options = " ".join(f"-c {key}={value}" for key, value in settings.items())
    command = (chosen.bin_dir / "pg_ctl", "start", "-w", "-t", str(START_TIMEOUT_S), "-o", options)
    with home.log() as log:
        status = account.run(*command, data=home.data, output=log, hold=(hold,))
    return status == 0 and answers(home)


def _place(home: Home, account: Account, shared: Path) -> Path:
    """Where the cluster is to be: in `home`, unless the account is another and cannot enter it."""
    link = home.path / "data"
    if link.is_symlink() and not link.exists():
        raise home.failure("its data are gone", str(home.data))
    if account.user is None or link.is_symlink():
        return home.data
    if all(folder.stat().st_mode & 0o001 for folder in home.path.parents):
        home.path.chmod(home.path.stat().st_mode | 0o011)  # to pass through, not to list
        return home.data
    if link.exists():
        raise home.failure("nobody cannot enter it", f"move {home.path} to an open folder")
    outside = shared / f"data-{hashlib.sha256(os.fsencode(home.path)).hexdigest()[:16]}"
    open_folder(shared)
    open_folder(outside)
    return outside.resolve() / "data"


def _initialise(
    home: Home, data: Path, account: Account, binaries: Binaries, *, fast: bool
) -> None:
    """Make the cluster beside its place, and move it there when it is complete."""
    fresh, password = data.with_name("data.new"), data.with_name("password")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    write_private(password, home.passwords()[ADMIN])
    for path in (fresh, password):
        account.hand_over(path)
    options = [f"--username={ADMIN}", f"--pwfile={password}", "--auth=scram-sha-256"]
    options += ["--encoding=UTF8", "--data-checksums", "--locale=C"]
    if binaries.major >= BUILTIN_LOCALE_MAJOR:  # by code point as C, but knows every letter's case
        options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    if fast:
        options += ["--no-sync"]
    try:
        with home.log() as log:
            status = account.run(binaries.folder / "initdb", *options, data=fresh, output=log)
    finally:
        password.unlink()
    if status != 0:
        raise home.failure("initdb")
    fresh.rename(data)


def free_port(wanted: int = 0) -> int:
    """The wanted port if nobody has it, else any."""
    for port in (wanted, 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((HOST, port))
            return int(probe.getsockname()[1])
    raise OSError(f"no free port on {HOST}")


@contextlib.contextmanager
def idle(home: Home, data: Path) -> Iterator[int]:
    """Wait until no process of a server is left; yields the lock for the next one to inherit.

    Every process of a server inherits the lock, so the kernel itself tells when the last is gone.
    Those of a killed postmaster go by themselves, but for one that computes; it is ended.
    """
    hold = os.open(home.path / "running", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not _locks(hold) and not _works_in(data, _postmaster(data), unsure=True):
            for pid in [int(entry.name) for entry in Path("/proc").glob("[0-9]*")]:
                if _works_in(data, pid, unsure=False):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
        if not _locks(hold):
            raise home.failure("it runs but does not answer", str(data))
        _forget_dead_postmaster(data)
        yield hold
    finally:
        os.close(hold)


def _locks(descriptor: int) -> bool:
    deadline = time.monotonic() + ORPHAN_WAIT_S
    while time.monotonic() < deadline:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(POLL_S)
        else:
            return True
    return False


def _postmaster(data: Path) -> int:
    """Its process number as last written, or 0."""
    try:
        return int((data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return 0


def _works_in(data: Path, pid: int, *, unsure: bool) -> bool:
    """Whether the process is a Postgres on `data`: no zombie, no other that got the number.

    `unsure` is the answer where the system does not let us see.
    """
    process = Path("/proc", str(pid))
    try:
        name, state = re.findall(r"\((.*)\) (\w)", (process / "stat").read_text())[0]
        return name == "postgres" and state != "Z" and (process / "cwd").readlink() == data
    except PermissionError:
        return unsure
    except (FileNotFoundError, ProcessLookupError):
        return False


def _forget_dead_postmaster(data: Path) -> None:
    """Postgres takes a zombie, or whoever got its number since, for a living predecessor."""
    pid = _postmaster(data)
    if pid and Path("/proc/self").exists() and not _works_in(data, pid, unsure=True):
        (data / "postmaster.pid").unlink()
