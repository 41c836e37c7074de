"""Settings from the environment, and what the roles of the database guarantee."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr, ValidationError
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from app.bootstrap import make_key
from app.core.embedded import EmbeddedServer
from app.core.migrate import migrate
from app.core.settings import Settings
from app.main import create_app, metadata
from tests.factories import DEPARTMENT, Key, client_of
from tests.watching import rows

HISTORY = "history-append-only"
DEPARTMENTS = "departments-separated"


@asynccontextmanager
async def service(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(settings)
    async with client_of(app) as http:
        yield http
    await app.state.database.dispose()


def superuser_url(postgres: EmbeddedServer) -> str:
    return postgres.admin_url.rsplit("/", 1)[0] + "/openlot"


@pytest.mark.parametrize(
    ("setting", "role", "missing"),
    [
        ("database_url", "runtime", set()),
        ("database_url", "owner", {HISTORY}),
        ("owner_database_url", "owner", {HISTORY}),
        ("database_url", "superuser", {HISTORY, DEPARTMENTS}),
    ],
)
@pytest.mark.usefixtures("_clean")
async def test_the_service_runs_on_one_address_and_says_what_is_missing(
    postgres: EmbeddedServer,
    settings: Settings,
    setting: str,
    role: str,
    missing: set[str],
) -> None:
    urls = {
        "runtime": postgres.runtime_url,
        "owner": postgres.owner_url,
        "superuser": superuser_url(postgres),
    }
    alone = Settings(**{setting: SecretStr(urls[role])}, home=settings.home)
    async with service(alone) as http:
        health = (await http.get("/v1/health")).json()
        key = Key(await make_key(alone, DEPARTMENT, "test", (), ()))
        made = await http.get("/v1/keys", auth=key)
    assert health["status"] == "ok"
    guarantees = {one["name"]: one for one in health["guarantees"]}
    assert set(guarantees) == {HISTORY, DEPARTMENTS}
    assert {name for name, one in guarantees.items() if not one["holds"]} == missing
    assert all(one["zh"] and one["en"] for one in guarantees.values())
    assert made.status_code == 200


async def test_with_both_addresses_the_service_runs_as_the_role_that_owns_nothing(
    settings: Settings,
) -> None:
    async with service(settings) as http:
        health = (await http.get("/v1/health")).json()
    assert all(one["holds"] for one in health["guarantees"])


def test_without_an_address_there_is_no_service(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="DATABASE_URL"):
        create_app(Settings(home=tmp_path))


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "DATABASE_URL": "postgresql+asyncpg://a:SECRET@h/d",
        "OWNER_DATABASE_URL": "postgresql+asyncpg://b:SECRET@h/d",
        "OPENLOT_POOL_SIZE": "3",
        "OPENLOT_TRUSTED_HOSTS": "a.example, b.example",
        "OPENLOT_PGBOUNCER": "true",
        "OPENLOT_LEDGER_ORIGIN": "log.example",
        "OPENLOT_WEBHOOK_ALLOWED_CIDRS": "127.0.0.0/8, ::1/128",
        "OPENLOT_WEBHOOK_RETRY_SECONDS": "0, 1, 2,",
    }.items():
        monkeypatch.setenv(name, value)
    found = Settings()
    assert found.database_url
    assert found.owner_database_url
    assert found.database_url.get_secret_value().endswith("a:SECRET@h/d")
    assert (found.pool_size, found.pgbouncer) == (3, True)
    assert found.trusted_hosts == ("a.example", "b.example")
    assert found.ledger_origin == "log.example"
    assert [str(one) for one in found.webhook_allowed_cidrs] == ["127.0.0.0/8", "::1/128"]
    assert found.webhook_retry_seconds == (0, 1, 2)
    assert "SECRET" not in f"{found!r} {found}"
    with pytest.raises(ValidationError):
        found.pool_size = 4


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OPENLOT_POOL_SIZE", "0"),
        ("OPENLOT_JURISDICTION_PREFIX", "61"),
        ("OPENLOT_STATEMENT_TIMEOUT_MS", "x"),
        ("OPENLOT_WEBHOOK_ALLOWED_CIDRS", "127.0.0.1/8"),
        ("OPENLOT_WEBHOOK_ALLOWED_CIDRS", "receiver.example"),
        ("OPENLOT_WEBHOOK_RETRY_SECONDS", ""),
        ("OPENLOT_WEBHOOK_RETRY_SECONDS", "5,300"),
        ("OPENLOT_WEBHOOK_RETRY_SECONDS", "0,-1"),
    ],
)
def test_a_setting_that_does_not_fit_is_refused_at_start(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError):
        Settings()


async def test_other_hosts_are_not_answered(settings: Settings) -> None:
    async with service(settings.model_copy(update={"trusted_hosts": ("a.example",)})) as http:
        right = await http.get("/v1/health", headers={"Host": "a.example"})
        wrong = await http.get("/v1/health", headers={"Host": "b.example"})
    assert (right.status_code, wrong.status_code) == (200, 400)
    assert wrong.json()["code"] == "host-refused"
    assert wrong.headers["x-request-id"]


@pytest.mark.usefixtures("_clean")
async def test_behind_a_transaction_pooler_the_service_works(settings: Settings) -> None:
    pooled = settings.model_copy(update={"pgbouncer": True})
    key = Key(await make_key(pooled, DEPARTMENT, "test", (), ()))
    async with service(pooled) as http:
        for _ in range(2):
            assert (await http.get("/v1/keys", auth=key)).status_code == 200


async def test_a_statement_that_takes_too_long_is_stopped(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"statement_timeout_ms": 100}))
    async with client_of(app) as http:

        @app.get("/slow")
        async def slow() -> None:
            async with app.state.database.transaction() as session:
                await session.execute(text("SELECT pg_sleep(30)"))

        answer = await http.get("/slow")
    await app.state.database.dispose()
    assert (answer.status_code, answer.json()["code"]) == (503, "database-unavailable")


async def test_migrating_again_takes_back_rights_that_nobody_declared(
    postgres: EmbeddedServer, settings: Settings, superuser: AsyncEngine
) -> None:
    role = make_url(postgres.runtime_url).username
    right = "SELECT has_table_privilege(:role, 'openlot.event', 'UPDATE')"
    async with superuser.begin() as connection:
        await connection.execute(text(f'GRANT UPDATE ON openlot.event TO "{role}"'))
    assert (await rows(superuser, right, role=role))[0][0]
    await asyncio.to_thread(migrate, metadata, postgres.owner_url, postgres.runtime_url)
    assert not (await rows(superuser, right, role=role))[0][0]


async def test_keys_are_made_once_and_for_their_owner_alone(
    settings: Settings, tmp_path: Path
) -> None:
    elsewhere = settings.model_copy(update={"home": tmp_path / "new"})
    vkeys = []
    for _ in range(2):
        async with service(elsewhere) as http:
            vkeys.append((await http.get("/v1/ledger/key")).json()["vkey"])
    made = sorted((tmp_path / "new").iterdir())
    assert vkeys[0] == vkeys[1]
    names = ("ledger-key.pem", "webhook.key")
    assert [(one.name, one.stat().st_mode & 0o777) for one in made] == [(n, 0o600) for n in names]
