"""Going through a staged import over HTTP, with the worker in this process."""

from dataclasses import dataclass, field
from typing import Any

import httpx
from fastapi import FastAPI

from app.core.jobs import run_one
from app.main import WORKS
from tests.factories import DEPARTMENT, Given, Key

PATH = "/v1/registry/staged-imports"
DAY = "2026-02-26"


async def work(app: FastAPI) -> int:
    """Do every operation that waits; how many there were."""
    done = 0
    while await run_one(app.state.database, WORKS):
        done += 1
    return done


@dataclass
class Stages:
    """A department's imports in stages."""

    given: Given
    key: Key
    params: dict[str, str] = field(default_factory=dict)

    async def upload(self, content: str | bytes, **params: str) -> httpx.Response:
        """Whatever comes of it."""
        asked = {
            "department": DEPARTMENT,
            "kind": "objects",
            "source": "登记注册库",
            "data_date": DAY,
            **self.params,
            **params,
        }
        return await self.given.upload(PATH, self.key, content, **asked)

    async def staged(self, content: str | bytes, **params: str) -> str:
        """The address of an uploaded file, checked and previewed or refused."""
        answer = await self.upload(content, **params)
        assert answer.status_code == 202, answer.text
        await work(self.given.app)
        subject: str = answer.json()["subject"]
        return subject

    async def read(self, path: str) -> dict[str, Any]:
        answer = await self.given.http.get(path, auth=self.key)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def confirm(self, address: str, digest: str | None = None) -> httpx.Response:
        """Confirm the newest preview; whatever comes of it."""
        seen = digest or (await self.read(address))["preview"]["digest"]
        return await self.given.http.post(
            f"{address}/confirmation", auth=self.key, json={"preview_digest": seen}
        )

    async def merged(self, content: str | bytes, **params: str) -> dict[str, Any]:
        """The import that came of a file which went through all stages."""
        address = await self.staged(content, **params)
        answer = await self.confirm(address)
        assert answer.status_code == 202, answer.text
        return await self.ended(answer)

    async def ended(self, answer: httpx.Response) -> dict[str, Any]:
        """What came of an operation that succeeded."""
        await work(self.given.app)
        operation = await self.read(answer.headers["location"])
        assert operation["state"] == "succeeded", operation
        return await self.read(operation["result"])

    async def undone(self, import_id: str) -> httpx.Response:
        """Ask to undo an import; whatever comes of it."""
        return await self.given.http.post(
            f"/v1/registry/imports/{import_id}/undo", auth=self.key, json={"reason": "误导入"}
        )

    async def objects(self) -> dict[str, tuple[Any, ...]]:
        """Name, status and version of every present entry, by code."""
        items: list[dict[str, Any]] = []
        after: str | None = None
        while True:
            params = {
                "department": DEPARTMENT,
                "limit": "200",
                **({"after": after} if after else {}),
            }
            answer = await self.given.http.get(
                "/v1/registry/inspected-objects", auth=self.key, params=params
            )
            assert answer.status_code == 200, answer.text
            items += answer.json()["items"]
            after = answer.json()["next"]
            if after is None:
                return {one["code"]: (one["name"], one["status"], one["version"]) for one in items}
