"""Asking for changes of an attempt, and deciding them."""

from typing import Any

import httpx

from tests.factories import Given, Key

VOID = {"kind": "void", "reason": "ceremony-flawed", "evidence": "现场记录第 3 页"}


def substitution(code: str, **changes: Any) -> dict[str, Any]:
    return {
        "kind": "substitution",
        "reason": "deregistered",
        "evidence": "注销核准通知书 7 号",
        "object_code": code,
        **changes,
    }


def amendment(*codes: str, **changes: Any) -> dict[str, Any]:
    return {
        "kind": "amendment",
        "reason": "left-out",
        "evidence": "名录核对单 5 号",
        "object_codes": list(codes),
        **changes,
    }


async def decide(
    given: Given, address: str, number: int, decision: str = "approved"
) -> dict[str, Any]:
    """The decision of another person."""
    head = await given.key(sees=("*",), person="head-of-office")
    path = f"{address}/changes/{number}/decision"
    return await given.post(path, head, json={"decision": decision})


async def changed(given: Given, key: Key, address: str, body: dict[str, Any]) -> dict[str, Any]:
    """A change that was asked for and approved."""
    asked = await given.post(f"{address}/changes", key, json=body)
    return await decide(given, address, asked["number"])


async def selected(http: httpx.AsyncClient, address: str, key: Key) -> list[dict[str, Any]]:
    answer = await http.get(f"{address}/selected", auth=key, params={"limit": 200})
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def refused(
    http: httpx.AsyncClient, path: str, key: Key, body: object, *, status: int, code: str
) -> None:
    answer = await http.post(path, auth=key, json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
