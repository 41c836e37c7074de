"""The service as a whole: the only file that knows every feature."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from app.access import errors as access_errors
from app.access.queries import authenticate
from app.access.router import router as access_router
from app.core import health, jobs, operation_router
from app.core.caller import Permission, admits
from app.core.database import Base, Database
from app.core.dispatch import Handler, run_forever
from app.core.edge import Edge, install
from app.core.egress import Egress
from app.core.jobs import Work
from app.core.openapi import describe
from app.core.problems import DomainError
from app.core.settings import Settings
from app.core.signing import LogKey, load_or_create
from app.core.vault import load_or_create as load_vault
from app.draws import errors as draws_errors
from app.draws.router import router as draws_router
from app.ledger import errors as ledger_errors
from app.ledger.router import router as ledger_router
from app.ledger.service import seal_with
from app.plans import errors as plans_errors
from app.plans.router import router as plans_router
from app.publication import errors as publication_errors
from app.publication.router import router as publication_router
from app.registry import errors as registry_errors
from app.registry import worker as registry_work
from app.registry.router import router as registry_router
from app.results import errors as results_errors
from app.results import worker as credit_repair
from app.results.router import router as results_router
from app.rules import errors as rules_errors
from app.rules.router import router as rules_router
from app.sampling.router import router as sampling_router
from app.tasks import errors as tasks_errors
from app.tasks.router import router as tasks_router
from app.tasks.service import find_recusals, notify_officers
from app.webhooks import worker as webhooks
from app.webhooks.router import callbacks
from app.webhooks.router import router as webhooks_router
from app.webhooks.service import fan_out

CONSTRAINTS: dict[str, type[DomainError]] = {
    **access_errors.CONSTRAINTS,
    **draws_errors.CONSTRAINTS,
    **ledger_errors.CONSTRAINTS,
    **plans_errors.CONSTRAINTS,
    **publication_errors.CONSTRAINTS,
    **registry_errors.CONSTRAINTS,
    **results_errors.CONSTRAINTS,
    **rules_errors.CONSTRAINTS,
    **tasks_errors.CONSTRAINTS,
}
HANDLERS: tuple[Handler, ...] = (find_recusals, notify_officers, fan_out)
"""What lives on events, in the order in which an event reaches them."""
WORKS: Mapping[str, Work] = {**registry_work.WORKS}
"""What operations do, by their kind."""
metadata = Base.metadata
"""All tables; importing this module has loaded every feature's models."""


def database_url(settings: Settings) -> str:
    """The address that the service runs on: the runtime role's, else the owner's."""
    chosen = settings.database_url or settings.owner_database_url
    if chosen is None:
        raise ValueError("neither DATABASE_URL nor OWNER_DATABASE_URL is set")
    return chosen.get_secret_value()


def create_app(settings: Settings) -> FastAPI:
    """The service. `settings` must name a database that is migrated."""
    log_key = load_log_key(settings)
    database = Database(database_url(settings), settings, seal=seal_with(log_key))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        dispatcher = asyncio.create_task(run_forever(database, HANDLERS))
        guide = asyncio.create_task(credit_repair.run_forever(database))
        async with _working(app, settings), _calling_back(app, settings):
            yield
        for worker in (dispatcher, guide):
            worker.cancel()
        await asyncio.gather(dispatcher, guide, return_exceptions=True)
        await database.dispose()

    app = _with_features(lifespan=lifespan)
    app.state.database = database
    app.state.log_key = log_key
    app.state.authenticate = authenticate
    app.state.jurisdiction_prefix = settings.jurisdiction_prefix
    app.state.egress = Egress(settings.webhook_allowed_cidrs)
    app.state.vault = load_vault(settings.home / "webhook.key")
    app.add_middleware(Edge, hosts=settings.trusted_hosts)
    return app


@asynccontextmanager
async def _working(app: FastAPI, settings: Settings) -> AsyncIterator[None]:
    """The worker of operations, with a few connections of its own."""
    own = settings.model_copy(update={"pool_size": jobs.CONNECTIONS})
    database = Database(database_url(settings), own, seal=seal_with(app.state.log_key))
    running = asyncio.create_task(jobs.run_forever(database, WORKS))
    yield
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await database.dispose()


@asynccontextmanager
async def _calling_back(app: FastAPI, settings: Settings) -> AsyncIterator[None]:
    """The worker of callbacks, with a few connections of its own."""
    own = settings.model_copy(update={"pool_size": webhooks.CONNECTIONS})
    database = Database(database_url(settings), own, seal=seal_with(app.state.log_key))
    tls = webhooks.trusted(settings.webhook_ca_file)
    sender = webhooks.Sender(app.state.egress, app.state.vault, tls)
    schedule = settings.webhook_retry_seconds
    running = asyncio.create_task(webhooks.run_forever(database, sender, schedule))
    yield
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await sender.close()
    await database.dispose()


def create_sampling_service() -> FastAPI:
    """The stateless part alone: no database, no settings, no keys; put it behind a gateway."""
    app = _bare()
    app.include_router(sampling_router)
    app.add_middleware(Edge)
    return app


def document() -> dict[str, Any]:
    """The OpenAPI document of the whole service; needs no database."""
    return _with_features().openapi()


def load_log_key(settings: Settings) -> LogKey:
    """The signing key of the log, made at first use."""
    path = settings.ledger_key_file or settings.home / "ledger-key.pem"
    return load_or_create(path, settings.ledger_origin)


def _with_features(**options: Any) -> FastAPI:
    app = _bare(webhooks=callbacks, **options)
    for router in (
        health.router,
        operation_router.router,
        registry_router,
        rules_router,
        plans_router,
        draws_router,
        tasks_router,
        results_router,
        publication_router,
        ledger_router,
        access_router,
        webhooks_router,
    ):
        app.include_router(router)
    app.include_router(sampling_router, dependencies=[admits(Permission.SAMPLING_RUN)])
    return app


def _bare(**options: Any) -> FastAPI:
    app = FastAPIOffline(
        title="OpenLot 明签",
        version="1",
        separate_input_output_schemas=False,
        **options,
    )
    install(app, CONSTRAINTS)
    describe(app)
    return app
