"""Who asks, and what they may."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from fastapi import Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import Database, Session
from app.core.problems import Forbidden, Unauthenticated

EVERY_DEPARTMENT = "*"


class Permission(StrEnum):
    """What a key may do. Reading and changing never share one."""

    KEYS_READ = "keys:read"
    KEYS_WRITE = "keys:write"
    DEPARTMENTS_READ = "departments:read"
    DEPARTMENTS_WRITE = "departments:write"
    CODES_WRITE = "codes:write"
    OBJECTS_READ = "objects:read"
    OBJECTS_WRITE = "objects:write"
    QUERIES_WRITE = "queries:write"
    CORRECTIONS_WRITE = "corrections:write"
    CREDIT_READ = "credit:read"
    CREDIT_WRITE = "credit:write"
    ITEMS_READ = "items:read"
    ITEMS_WRITE = "items:write"
    PLANS_READ = "plans:read"
    PLANS_WRITE = "plans:write"
    PLANS_SUBMIT = "plans:submit"
    PLANS_APPROVE = "plans:approve"
    RULES_WRITE = "rules:write"
    INSPECTORS_READ = "inspectors:read"
    INSPECTORS_WRITE = "inspectors:write"
    INTERESTS_WRITE = "interests:write"
    RECUSALS_REQUEST = "recusals:request"
    RECUSALS_DECIDE = "recusals:decide"
    DRAWS_READ = "draws:read"
    DRAWS_PREPARE = "draws:prepare"
    DRAWS_SEED = "draws:seed"
    DRAWS_RUN = "draws:run"
    DRAWS_CHANGE = "draws:change"
    DRAWS_APPROVE = "draws:approve"
    REPLACEMENTS_REQUEST = "replacements:request"
    REPLACEMENTS_APPROVE = "replacements:approve"
    EVIDENCE_READ = "evidence:read"
    TASKS_READ = "tasks:read"
    TASKS_DISPATCH = "tasks:dispatch"
    RESULTS_READ = "results:read"
    RESULTS_ENTER = "results:enter"
    RESULTS_SIGN = "results:sign"
    RESULTS_REVIEW = "results:review"
    DISPOSALS_WRITE = "disposals:write"
    PUBLICATIONS_READ = "publications:read"
    PUBLICATIONS_WRITE = "publications:write"
    WEBHOOKS_READ = "webhooks:read"
    WEBHOOKS_WRITE = "webhooks:write"
    SAMPLING_RUN = "sampling:run"
    IMPORTS_READ = "imports:read"
    IMPORTS_WRITE = "imports:write"
    OPERATIONS_READ = "operations:read"
    OPERATIONS_WRITE = "operations:write"


class NotAuthenticated(Unauthenticated):
    code = "not-authenticated"
    zh = "缺少有效的密钥。"
    en = "A valid key is needed: Authorization: Bearer <key>."


class PermissionMissing(Forbidden):
    code = "permission-missing"
    zh = "该密钥没有“{permission}”权限。"
    en = "The key lacks the permission {permission}."


@dataclass(frozen=True, slots=True)
class Caller:
    """The holder of a key: `departments` is what they may see, `*` for all; `person` is the staff
    number of the official whose key it is, or the key's own id."""

    key_id: str
    label: str
    person: str
    department: str
    departments: tuple[str, ...]
    permissions: frozenset[Permission]

    @property
    def scope(self) -> str:
        """The value of the row-level-security setting."""
        everywhere = EVERY_DEPARTMENT in self.departments
        return EVERY_DEPARTMENT if everywhere else ",".join(self.departments)

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions


Authenticate = Callable[[AsyncSession, str], Awaitable[Caller | None]]
"""Who holds a key. The transaction is limited to the rows of the holder's departments by then."""

_bearer = HTTPBearer(auto_error=False, description="A key of OpenLot: olk_<id>_<secret>")


Credentials = Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]


async def _identify(
    request: Request,
    session: AsyncSession,
    needed: SecurityScopes,
    credentials: HTTPAuthorizationCredentials | None,
) -> Caller:
    authenticate: Authenticate = request.app.state.authenticate
    caller = await authenticate(session, credentials.credentials) if credentials else None
    if caller is None:
        raise NotAuthenticated(headers={"WWW-Authenticate": "Bearer"})
    for scope in needed.scopes:
        if not caller.may(Permission(scope)):
            raise PermissionMissing(permission=scope)
    return caller


async def _caller(
    request: Request, session: Session, needed: SecurityScopes, credentials: Credentials
) -> Caller:
    caller = await _identify(request, session, needed, credentials)
    request.state.caller = caller
    return caller


async def _admitted(request: Request, needed: SecurityScopes, credentials: Credentials) -> Caller:
    database: Database = request.app.state.database
    async with database.transaction(request_id=request.state.request_id) as session:
        return await _identify(request, session, needed, credentials)


def requires(permission: Permission) -> Any:
    """The parameter of a handler that admits only holders of `permission`."""
    return Security(_caller, scopes=[permission.value])


def admits(permission: Permission) -> Any:
    """The same in a transaction of its own that is over before the handler begins: for work that
    takes long and must not hold a connection, such as reading an upload or computing a draw."""
    return Security(_admitted, scopes=[permission.value])
