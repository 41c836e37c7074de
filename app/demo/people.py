"""The people of the demo: each with a key of their own, made by themselves and registered by its
digest, since persons are what the rules of two persons are about."""

import secrets
from hashlib import sha256

from app.demo.service import Client

LEAD = (
    "plans:read",
    "plans:write",
    "plans:submit",
    "draws:read",
    "draws:prepare",
    "draws:seed",
    "draws:run",
    "evidence:read",
    "tasks:read",
    "tasks:dispatch",
    "results:read",
    "replacements:request",
    "publications:read",
    "publications:write",
)
HEAD = ("plans:read", "plans:approve", "replacements:approve", "tasks:read")
OFFICER = ("tasks:read", "results:read", "results:enter", "results:sign", "interests:write")
CUSTODIAN = ("draws:seed",)
REVIEWER = ("tasks:read", "results:read", "results:review", "disposals:write")
SYSTEM = ("webhooks:read", "webhooks:write")


class People:
    """Gives out keys over the API; a person asked for twice is the same client."""

    def __init__(self, admin: Client) -> None:
        self._admin = admin
        self._known: dict[str, Client] = {}

    def one(self, person: str, department: str, permissions: tuple[str, ...], *sees: str) -> Client:
        """The client of a person of a department; `sees` are further departments."""
        if person not in self._known:
            key_id = secrets.token_hex(6)
            secret = f"olk_{key_id}_{secrets.token_urlsafe(32)}"
            body = {
                "label": person,
                "person": person,
                "department_code": department,
                "departments": list(sees),
                "permissions": list(permissions),
                "sha256": sha256(secret.encode()).hexdigest(),
            }
            self._admin.put(f"/v1/keys/{key_id}", body)
            self._known[person] = self._admin.with_key(secret)
        return self._known[person]
