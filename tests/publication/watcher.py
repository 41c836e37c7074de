"""Everything that anyone can fetch without a key, as texts."""

import io
import json
import re
import zipfile
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import urldefrag, urljoin

import httpx

PROVED = 20
"""Newest entries of the log whose proofs are fetched as well."""


async def pages(http: httpx.AsyncClient) -> dict[str, httpx.Response]:
    """All public pages and files that can be reached from the home page by links."""
    found: dict[str, httpx.Response] = {}
    waiting = ["/public/index.html"]
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        answer = found[path] = await http.get(path)
        if answer.headers["content-type"].startswith("text/html"):
            links = re.findall(r'(?:href|src)="([^"]+)"', answer.text)
            waiting += [urldefrag(urljoin(path, link))[0] for link in links]
    return found


async def listed(http: httpx.AsyncClient, path: str, **query: str) -> AsyncIterator[dict[str, Any]]:
    """All rows of a list."""
    after: dict[str, str] = {}
    while True:
        answer = await http.get(path, params={"limit": "200"} | query | after)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        for one in page["items"]:
            yield one
        if page["next"] is None:
            return
        after = {"after": page["next"]}


async def everything(http: httpx.AsyncClient) -> list[str]:
    """All public texts: pages, data, evidence, log and proofs; the members of zips are texts of
    their own, and so are the documents that stand within others."""
    answers = [one for _, one in sorted((await pages(http)).items())]
    texts = []
    async for publication in listed(http, "/v1/public/publications"):
        texts.append(json.dumps(publication, ensure_ascii=False))
        older = publication["supersedes_id"]
        while older:
            answer = await http.get(f"/v1/public/publications/{older}")
            answers.append(answer)
            older = answer.json()["supersedes_id"]
    async for draw in listed(http, "/v1/public/draws"):
        texts.append(json.dumps(draw))
        address = f"/v1/public/draws/{draw['draw_id']}/attempts/{draw['attempt']}"
        answers += [await http.get(f"{address}/{what}") for what in ("commitment", "bundle")]
    texts += [text async for text in _log(http)]
    for path in ("/v1/rules", "/v1/health", "/v1/ledger/key", "/v1/ledger/checkpoint"):
        answers.append(await http.get(path))
    return texts + [text for answer in answers for text in _texts(answer)]


async def _log(http: httpx.AsyncClient) -> AsyncIterator[str]:
    size = 0
    async for entry in listed(http, "/v1/ledger/entries"):
        size += 1
        yield json.dumps(entry)
        if entry["data"]:
            yield entry["data"]
    for index in range(max(0, size - PROVED), size):
        proof = {"index": str(index), "size": str(size)}
        yield (await http.get("/v1/ledger/proofs/inclusion", params=proof)).text
    if size:
        grown = {"old": "1", "new": str(size)}
        yield (await http.get("/v1/ledger/proofs/consistency", params=grown)).text


def _texts(answer: httpx.Response) -> Iterator[str]:
    headers = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
    yield headers
    if answer.content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(answer.content)) as bundle:
            yield from (bundle.read(name).decode() for name in bundle.namelist())
    else:
        yield answer.text
