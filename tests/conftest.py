"""A database built by the migrations, the real application, and clients with keys.

Tests commit for real; after each test the rows are deleted again under the superuser."""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.core import embedded
from app.core.embedded import EmbeddedServer
from app.core.migrate import migrate
from app.core.settings import Settings
from app.main import create_app, metadata
from tests.factories import Given, client_of
from tests.watching import erase


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedServer]:
    """A server of this run alone: the embedded one, or that of OPENLOT_TEST_PG_BIN."""
    home = Path(tempfile.mkdtemp(prefix="olpg"))
    forced = os.environ.get("OPENLOT_TEST_PG_BIN")
    server = embedded.start(home / "pg", bin_dir=Path(forced) if forced else None, fast=True)
    yield server
    embedded.stop(home / "pg")
    shutil.rmtree(home, ignore_errors=True)  # the last backend may still remove files of its own


@pytest.fixture(scope="session")
def settings(postgres: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    migrate(metadata, postgres.owner_url, postgres.runtime_url)
    return Settings(
        database_url=SecretStr(postgres.runtime_url),
        owner_database_url=SecretStr(postgres.owner_url),
        home=tmp_path_factory.mktemp("home"),
    )


@pytest.fixture(scope="session")
async def app(settings: Settings) -> AsyncIterator[FastAPI]:
    app = create_app(settings)
    yield app
    await app.state.database.dispose()


@pytest.fixture(scope="session")
async def superuser(postgres: EmbeddedServer, settings: Settings) -> AsyncIterator[AsyncEngine]:
    """May do what nobody may in production: look at every row and clean up."""
    address = postgres.admin_url.rsplit("/", 1)[0] + "/openlot"
    engine = create_async_engine(address)
    yield engine
    await engine.dispose()


@pytest.fixture
async def _clean(superuser: AsyncEngine) -> AsyncIterator[None]:
    yield
    await erase(superuser)


@pytest.fixture
async def http(app: FastAPI, _clean: None) -> AsyncIterator[httpx.AsyncClient]:
    """Without a key."""
    async with client_of(app) as client:
        yield client


@pytest.fixture(scope="module")
async def standing(
    app: FastAPI, settings: Settings, superuser: AsyncEngine
) -> AsyncIterator[Given]:
    """For tests that change nothing: what they need is made once for all tests of a file."""
    async with client_of(app) as client:
        yield Given(client, settings, app)
    await erase(superuser)


@pytest.fixture
def given(http: httpx.AsyncClient, settings: Settings, app: FastAPI) -> Given:
    """Makes what a test needs, through the HTTP API."""
    return Given(http, settings, app)
