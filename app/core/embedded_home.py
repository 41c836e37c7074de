"""The folder of one embedded Postgres: its files, their modes, its lock, and what it complains of."""

import contextlib
import fcntl
import json
import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, ClassVar

ADMIN, OWNER, APP = "openlot_admin", "openlot_owner", "openlot_app"
LOG_LIMIT_BYTES = 10_000_000
LOG_TAIL_LINES = 40


class EmbeddedError(Exception):
    """The embedded Postgres cannot be used; says why and what to do, in Chinese and English."""

    zh: ClassVar[str]
    en: ClassVar[str]

    def __init__(self, **values: object) -> None:
        self.text_zh = self.zh.format(**values)
        self.text_en = self.en.format(**values)
        super().__init__(self.text_en)


class NoPostgres(EmbeddedError):
    zh = (
        "没有找到可用的 Postgres：请设置 DATABASE_URL，或安装内嵌数据库（pip install "
        "'openlot[embedded]'），或安装 Postgres 15 及以上版本。"
    )
    en = (
        "No usable Postgres was found: set DATABASE_URL, or install the embedded one (pip install "
        "'openlot[embedded]'), or install Postgres 15 or newer."
    )


class OtherMajor(EmbeddedError):
    zh = (
        "{data} 是 Postgres {old} 的数据，而现有程序是 Postgres {new}：请用 Postgres {old} 以 "
        "pg_dumpall 导出，把该文件夹改名，重新启动后以 psql 导入。"
    )
    en = (
        "{data} was written by Postgres {old} but the programs here are Postgres {new}: dump it "
        "with pg_dumpall of Postgres {old}, rename the folder, start again, restore with psql."
    )


class ServerFailed(EmbeddedError):
    zh = "内嵌 Postgres 出错（{what}）：{detail}。日志：{log}"
    en = "The embedded Postgres failed ({what}): {detail}. Its log: {log}"


@dataclass(frozen=True, slots=True)
class Remembered:
    """Where the server was last asked to listen, and which programs run it."""

    port: int = 0
    bin_dir: Path = Path()


@dataclass(frozen=True, slots=True)
class Home:
    """`data` is the cluster, or a link to it where it cannot be here; the rest are files."""

    path: Path

    @property
    def data(self) -> Path:
        """The cluster's real place, as Postgres names it."""
        return (self.path / "data").resolve()

    def make(self) -> None:
        self.path.mkdir(parents=True, exist_ok=True)
        if not any(self.path.iterdir()):  # a folder that others use as well keeps its mode
            self.path.chmod(0o700)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """One process at a time; the kernel releases the lock of a dead one."""
        with (self.path / "lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def passwords(self) -> dict[str, str]:
        """By role; made at the first start."""
        path = self.path / "secrets.json"
        if not path.exists():
            if self.data.exists():
                raise self.failure("its passwords are gone", str(path))
            made = {role: secrets.token_urlsafe(24) for role in (ADMIN, OWNER, APP)}
            write_private(path, json.dumps(made))
        kept: dict[str, str] = json.loads(path.read_text())
        return kept

    def remembered(self) -> Remembered:
        path = self.path / "server.json"
        if not path.exists():
            return Remembered()
        kept = json.loads(path.read_text())
        return Remembered(kept["port"], Path(kept["bin_dir"]))

    def remember(self, what: Remembered) -> None:
        text = json.dumps({"port": what.port, "bin_dir": str(what.bin_dir)})
        write_private(self.path / "server.json", text)

    def log(self) -> IO[bytes]:
        """The log, to append to; the server writes through it even where it may not open it."""
        path = self.path / "postgres.log"
        path.touch(mode=0o600)
        return path.open("ab")

    def rotate_log(self) -> None:
        path = self.path / "postgres.log"
        if path.exists() and path.stat().st_size > LOG_LIMIT_BYTES:
            path.replace(path.with_name("postgres.log.1"))

    def failure(self, what: str, detail: str = "") -> ServerFailed:
        """With the last complaint in the log, unless the detail is known better."""
        path = self.path / "postgres.log"
        text = path.read_text(errors="replace") if path.exists() else ""
        lines = text.rpartition("waiting for server to")[2].splitlines()[-LOG_TAIL_LINES:]
        for grave in ("FATAL|PANIC", "error:|could not", ""):
            found = [line for line in lines if re.search(grave, line)]
            detail = detail or " ".join(found[-1:])
        return ServerFailed(what=what, detail=detail, log=path)


def write_private(path: Path, text: str) -> None:
    """Mode 0600 from the first byte; whole or not at all, also after a power cut."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
