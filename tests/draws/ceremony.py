"""Ceremonies of tests: sources of every kind, their values, and an attempt that is committed."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.factories import DICE, REVEAL, Given, Key, minutes

ROLES = ("operator", "witness", "notary")
SECOND = "cd" * 32
"""A further secret, as the custodians of a second reveal hold it."""
BALLS = [18, 9, 26, 34, 3, 21, 12]
GROUPS = [[31, 3, 9, 27, 14, 22], [8]]
DAY = timedelta(days=1)
LONG = timedelta(days=30)


def digest_of(secret: str) -> str:
    return hashlib.sha256(bytes.fromhex(secret)).hexdigest()


def source(kind: str) -> dict[str, Any]:
    """A source as the commitment names it; `second` is a reveal of its own."""
    return {
        "reveal": {"type": "reveal", "sha256": digest_of(REVEAL)},
        "second": {"type": "reveal", "sha256": digest_of(SECOND)},
        "dice": {"type": "dice", "digits": 20},
        "balls": {"type": "balls", "count": 7, "min": 1, "max": 35},
        "lottery": {"type": "lottery", "code": "双色球", "issue": "2026137"},
        "test": {"type": "test"},
    }[kind]


def value(kind: str, at: datetime) -> dict[str, Any]:
    """Its value; chance gave it at the moment `at`."""
    held = minutes(*ROLES, held_at=at)
    return {
        "reveal": {"type": "reveal", "value": REVEAL},
        "second": {"type": "reveal", "value": SECOND},
        "dice": {"type": "dice", "value": DICE, "minutes": held},
        "balls": {"type": "balls", "numbers": BALLS, "minutes": held},
        "lottery": {
            "type": "lottery",
            "groups": GROUPS,
            "drawn_at": at.isoformat(),
            "published_in": "双色球第2026137期开奖公告",
        },
        "test": {"type": "test", "value": "rehearsal"},
    }[kind]


class Ceremony:
    """An attempt that is committed to some sources; its values may come in the day after
    `not_before`."""

    def __init__(self, given: Given, key: Key, address: str, kinds: list[str]) -> None:
        self.given, self.key, self.address, self.kinds = given, key, address, kinds
        self.not_before = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
        self.seed_by = self.not_before + DAY
        self.moment = self.not_before + timedelta(minutes=5)

    async def commit(self, fallback: str = "wait", **changes: Any) -> "Ceremony":
        """Custodians confirm each secret, then the commitment is logged."""
        for kind in self.kinds:
            if "sha256" in source(kind):
                await self.given.escrow(self.address, digest=source(kind)["sha256"])
        body = {
            "sources": [source(kind) for kind in self.kinds],
            "not_before": self.not_before.isoformat(),
            "seed_by": self.seed_by.isoformat(),
            "fallback": fallback,
            **changes,
        }
        await self.given.post(f"{self.address}/commitment", self.key, json=body)
        self.given.at(self.moment)
        return self

    def value(self, number: int) -> dict[str, Any]:
        """The right value of a source."""
        return value(self.kinds[number - 1], self.moment)

    async def give(
        self, number: int, body: dict[str, Any] | None = None, **request: Any
    ) -> httpx.Response:
        """Whatever comes of it."""
        address = f"{self.address}/sources/{number}"
        sent = self.value(number) if body is None else body
        return await self.given.http.post(address, auth=self.key, json=sent, **request)

    async def give_all(self, *numbers: int) -> None:
        """Values that are taken."""
        for number in numbers:
            answer = await self.give(number)
            assert answer.status_code == 201, answer.text

    async def view(self) -> dict[str, Any]:
        answer = await self.given.http.get(f"{self.address}/ceremony", auth=self.key)
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    async def state(self) -> str:
        return str((await self.view())["state"])


async def begin(given: Given, key: Key, *kinds: str, **options: Any) -> Ceremony:
    """An attempt that is frozen."""
    address = await given.freeze(key, await given.draw(key, **options))
    return Ceremony(given, key, address, list(kinds))


def told(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer.status_code, str(answer.json().get("code"))
