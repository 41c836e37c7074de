"""Folders for embedded servers, which are stopped whatever happens."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.embedded import EmbeddedServer, start, stop
from tests.core.servers import NEWEST, SYSTEM


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short folder that only we may enter; every server in it is stopped at the end."""
    made = Path(tempfile.mkdtemp(prefix="ol"))
    yield made
    for home in made.iterdir():
        stop(home)
    shutil.rmtree(made)


@pytest.fixture
def home(folder: Path) -> Path:
    """Of a server that was never started."""
    return folder / "h"


@pytest.fixture(scope="session")
def pristine() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="ol"))
    try:
        start(made / "h", fast=True)
    finally:
        stop(made / "h")
    yield made / "h"
    shutil.rmtree(made)


@pytest.fixture
def made_home(home: Path, pristine: Path) -> Path:
    """Of a server that was started and stopped once: a copy, which is quicker than to make it."""
    return shutil.copytree(pristine, home)


@pytest.fixture(scope="session")
def running() -> Iterator[dict[Path, EmbeddedServer]]:
    """One server a version, for the tests that only look."""
    made = Path(tempfile.mkdtemp(prefix="ol"))
    folders = [each for each in (NEWEST, SYSTEM) if each]
    homes = {each: made / each.parent.name for each in folders}
    try:
        yield {each: start(homes[each], bin_dir=each, fast=True) for each in folders}
    finally:
        for home in homes.values():
            stop(home)
        shutil.rmtree(made)


@pytest.fixture
def server(bin_dir: Path, running: dict[Path, EmbeddedServer]) -> EmbeddedServer:
    return running[bin_dir]


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that everybody may enter."""
    made = Path(tempfile.mkdtemp(prefix="ol"))
    made.chmod(0o755)
    yield made
    for home in made.glob("home"):
        stop(home)
    shutil.rmtree(made)
