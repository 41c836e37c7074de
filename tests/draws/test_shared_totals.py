"""Regions that share one total a class: exact within one, whichever way chance rounds."""

import asyncio
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.sampling.openlot1.evidence import read_bundle, verify_bundle
from tests.factories import REGION, Given, Key, line_body, object_code

NEIGHBOUR = "610404"
SHARED = {"rounding": "random-start", "by_region": True, "regions": ["610400"], "reserves": 1}
RATES = [
    {"credit_class": name, "rate": rate}
    for name, rate in (("A", "0.03"), ("B", "1/7"), ("C", "0.1"), ("D", "1/3"), ("U", "0.05"))
]


def two_regions(first: int, second: int) -> str:
    """Objects of two regions; the codes of the second follow those of the first."""
    rows = "".join(
        f"{object_code(n)},第{n}号商店,企业,{REGION if n <= first else NEIGHBOUR},52,2020-01-02,存续\n"
        for n in range(1, first + second + 1)
    )
    return "uscc,name,object_class,region_code,industry_code,established,status\n" + rows


@pytest.fixture
async def key(given: Given) -> Key:
    key = await given.admin()
    await given.registry(key)
    yield key
    given.now_again()


async def details_of(http: httpx.AsyncClient, address: str, key: Key, state: str) -> dict[str, Any]:
    steps = (await http.get(address, auth=key)).json()["steps"]
    details: dict[str, Any] = next(s["details"] for s in steps if s["state"] == state)
    return details


async def test_regions_of_a_class_share_one_total(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    await given.objects(key, two_regions(33, 7))
    line = await given.plan_line(key, class_rates=RATES, **SHARED)
    shown = (await http.get(f"/v1/plan-lines/{line}", auth=key)).json()
    assert (shown["rounding"], shown["by_region"]) == ("random-start", True)
    address = await given.drawn(key, line)
    frozen = await details_of(http, address, key, "frozen")
    assert frozen["design"] == {
        "strata": [],
        "cells": [
            {
                "total": one["credit_class"],
                "rate": one["rate"],
                "cells": [f"{one['credit_class']}/{region}" for region in (REGION, NEIGHBOUR)],
            }
            for one in RATES
        ],
        "min_per_stratum": 0,
        "reserves": 1,
    }
    drawn = (await details_of(http, address, key, "drawn"))["strata"]
    counted, taken = Counter(), Counter()
    for one in drawn:
        counted[one["stratum"][0]] += one["count"]
        taken[one["stratum"][0]] += one["drawn"]
    assert counted == {"A": 10, "B": 10, "C": 10, "D": 10, "U": 0}
    assert taken["A"] in {0, 1}
    assert taken["B"] in {1, 2}
    assert (taken["C"], taken["U"]) == (1, 0)
    assert taken["D"] in {3, 4}
    listed = (await http.get(f"{address}/selected", auth=key)).json()["items"]
    strata = Counter(one["stratum"] for one in listed)
    assert strata == {one["stratum"]: one["drawn"] for one in drawn if one["drawn"]}


async def test_the_audit_bundle_of_shared_totals_verifies_twice(
    http: httpx.AsyncClient, given: Given, key: Key, tmp_path: Path
) -> None:
    await given.objects(key, two_regions(33, 7))
    line = await given.plan_line(key, class_rates=RATES, **SHARED)
    address = await given.drawn(key, line)
    bundle = (await http.get(f"{address}/bundles/audit", auth=key)).content
    vkey = (await http.get("/v1/ledger/key")).json()["vkey"]
    report = verify_bundle(read_bundle(bundle), log_key=vkey)
    assert report.ok, report
    members = read_bundle(bundle)
    assert b'"cells":[{' in members["commitment.json"]
    for name, data in (("bundle.zip", bundle), ("verify.py", members["verify.py"])):
        (tmp_path / name).write_bytes(data)
    alone = [sys.executable, "-I", "verify.py", "bundle.zip", "--key", vkey]
    done = await asyncio.to_thread(
        subprocess.run, alone, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


async def test_a_shared_total_without_regions_is_refused(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    plan = await given.plan(key)
    body = line_body(rounding="random-start")
    answer = await http.post(f"/v1/plans/{plan}/lines", auth=key, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "shared-total-needs-regions")
    assert answer.json()["errors"][0]["pointer"] == "/by_region"
    unknown = line_body(rounding="random", by_region=True)
    answer = await http.post(f"/v1/plans/{plan}/lines", auth=key, json=unknown)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input")
