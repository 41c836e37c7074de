"""Fixed numbers and least numbers of a stratum, as plan lines ask for them."""

import httpx
import pytest

from app.sampling.openlot1.evidence import read_bundle, verify_bundle
from tests.draws.changing import refused, selected
from tests.factories import Given, Key, line_body


@pytest.fixture
async def key(given: Given) -> Key:
    key = await given.admin()
    await given.registry(key)
    return key


def asked(**fixed: int) -> list[dict[str, object]]:
    """Half of each class, but of some a fixed number."""
    return [
        {"credit_class": name, "fixed": fixed[name]}
        if name in fixed
        else {"credit_class": name, "rate": "0.01"}
        for name in "ABCD"
    ]


async def test_a_class_may_have_a_number_and_each_stratum_a_least_one(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    line = await given.plan_line(key, class_rates=asked(A=7), min_per_stratum=3)
    address = await given.drawn(key, line)
    drawn = [one["stratum"] for one in await selected(http, address, key)]
    assert {name: drawn.count(name) for name in "ABCD"} == {"A": 7, "B": 3, "C": 3, "D": 3}
    bundle = (await http.get(f"{address}/bundles/audit", auth=key)).content
    assert verify_bundle(read_bundle(bundle), log_key=None).ok
    page = await http.get(f"/public/plans/{line.rpartition('-')[0]}.html")
    assert "每层7户" in page.text


async def test_a_number_beyond_the_stratum_refuses_the_draw_at_freeze(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    line = await given.plan_line(key, class_rates=asked(A=11))
    address = await given.draw(key, line)
    answer = await http.post(f"{address}/freeze", auth=key)
    assert (answer.status_code, answer.json()["code"]) == (422, "fixed-above-count"), answer.text
    assert (await http.get(address, auth=key)).json()["state"] == "draft"


@pytest.mark.parametrize("both", [{}, {"rate": "0.1", "fixed": 1}])
async def test_a_class_has_a_rate_or_a_number(
    http: httpx.AsyncClient, given: Given, key: Key, both: dict[str, object]
) -> None:
    plan = await given.plan(key)
    body = line_body(class_rates=[{"credit_class": "A", **both}])
    await refused(http, f"/v1/plans/{plan}/lines", key, body, status=422, code="rate-or-fixed")
