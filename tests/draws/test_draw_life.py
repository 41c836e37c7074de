"""A draw from the plan line to its evidence, and every step out of turn."""

import asyncio
import io
import zipfile
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from app.sampling.openlot1.evidence import read_bundle, verify_bundle
from tests.factories import (
    Given,
    Key,
    line_body,
    minutes,
    object_code,
    objects_csv,
    seed_values,
    sources,
)


@pytest.fixture
async def key(given: Given) -> Key:
    key = await given.admin()
    await given.registry(key)
    yield key
    given.now_again()


async def state(http: httpx.AsyncClient, address: str, key: Key) -> str:
    return str((await http.get(address, auth=key)).json()["state"])


async def refused(
    http: httpx.AsyncClient, path: str, key: Key, body: object = None, *, status: int, code: str
) -> None:
    answer = await http.post(path, auth=key, json=body) if body else await http.post(path, auth=key)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_the_audit_bundle_of_a_draw_verifies_with_the_key_of_the_log(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    address = await given.drawn(key)
    bundle = (await http.get(f"{address}/bundles/audit", auth=key)).content
    again = (await http.get(f"{address}/bundles/audit", auth=key)).content
    vkey = (await http.get("/v1/ledger/key")).json()["vkey"]
    report = verify_bundle(read_bundle(bundle), log_key=vkey)
    assert report.ok, report
    assert bundle == again
    drawn = (await http.get(address, auth=key)).json()["steps"][-1]["details"]["strata"]
    assert [(s["stratum"], s["count"], s["drawn"]) for s in drawn] == [
        ("A", 10, 1),
        ("B", 10, 1),
        ("C", 10, 1),
        ("D", 10, 5),
    ]


async def test_the_public_bundle_holds_no_class_no_salt_and_no_name(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    address = await given.drawn(key)
    content = (await http.get(f"{address}/bundles/public", auth=key)).content
    members = read_bundle(content)
    assert verify_bundle(members, log_key=None).ok
    assert not {"frame.tsv", "excluded.tsv", "selected.tsv", "reserves.tsv", "result.json"} & set(
        members
    )
    published = members["published.tsv"].decode().splitlines()
    assert published == sorted(published)
    assert len(published) == 8
    assert "签字人" not in "".join(m.decode() for m in members.values())


async def test_a_step_out_of_turn_is_refused_and_changes_nothing(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    address = await given.draw(key)
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    commitment = {"sources": sources(), "not_before": later}
    seed = {"sources": seed_values()}
    await refused(
        http, f"{address}/commitment", key, commitment, status=409, code="draw-not-frozen"
    )
    await refused(http, f"{address}/seed", key, seed, status=409, code="draw-not-committed")
    await refused(http, f"{address}/result", key, status=409, code="draw-not-seeded")
    assert await state(http, address, key) == "draft"
    await given.post(f"{address}/freeze", key)
    await refused(http, f"{address}/freeze", key, status=409, code="draw-frozen-already")
    await given.escrow(address)
    await given.post(f"{address}/commitment", key, json=commitment)
    await refused(
        http, f"{address}/commitment", key, commitment, status=409, code="draw-committed-already"
    )
    await refused(http, f"{address}/seed", key, seed, status=409, code="seed-too-early")
    assert await state(http, address, key) == "committed"


async def test_there_is_one_seed_and_one_draw(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    address = await given.drawn(key)
    before = (await http.get(address, auth=key)).json()
    await refused(
        http,
        f"{address}/seed",
        key,
        {"sources": seed_values()},
        status=409,
        code="seed-already-set",
    )
    await refused(http, f"{address}/result", key, status=409, code="draw-drawn-already")
    again = {"plan_line_code": before["plan_line_code"]}
    await refused(http, "/v1/draws", key, again, status=409, code="draw-exists")
    assert (await http.get(address, auth=key)).json() == before


async def test_concurrent_draws_of_one_attempt_give_one_result(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    address = await given.seeded(key)
    answers = await asyncio.gather(*(http.post(f"{address}/result", auth=key) for _ in range(8)))
    codes = sorted(answer.status_code for answer in answers)
    assert codes == [201] + [409] * 7


async def test_an_empty_frame_is_refused(http: httpx.AsyncClient, given: Given, key: Key) -> None:
    address = await given.draw(key, await given.plan_line(key, regions=["610404"]))
    await refused(http, f"{address}/freeze", key, status=422, code="frame-empty")
    assert await state(http, address, key) == "draft"


async def test_a_class_without_a_rate_is_refused_at_freeze(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    rates = [{"credit_class": "A", "rate": "0.01"}]
    address = await given.draw(key, await given.plan_line(key, class_rates=rates))
    await refused(http, f"{address}/freeze", key, status=422, code="class-without-rate")


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ([{"type": "reveal", "value": "cd" * 32}, seed_values()[1]], "reveal-wrong"),
        ([seed_values()[1], seed_values()[0]], "source-mismatch"),
        ([seed_values()[0], seed_values()[1] | {"value": "123"}], "dice-short"),
        (
            [
                seed_values()[0],
                seed_values()[1] | {"minutes": minutes("witness", "witness", "notary")},
            ],
            "roles-too-few",
        ),
    ],
)
async def test_a_wrong_source_value_is_refused(
    http: httpx.AsyncClient, given: Given, key: Key, values: list[object], code: str
) -> None:
    address = await given.committed(key)
    given.at(datetime.now(UTC) + timedelta(minutes=2))
    await refused(http, f"{address}/seed", key, {"sources": values}, status=422, code=code)
    assert await state(http, address, key) == "committed"


async def test_a_commitment_needs_a_moment_in_the_future(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    address = await given.frozen(key)
    body = {"sources": sources(), "not_before": "2020-01-01T00:00:00Z"}
    await refused(http, f"{address}/commitment", key, body, status=422, code="not-before-past")


async def test_changes_of_the_registry_after_the_freeze_do_not_touch_the_draw(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    address = await given.frozen(key)
    frozen = (await http.get(address, auth=key)).json()["steps"][1]["details"]
    await given.objects(key, objects_csv(60))
    assert (await http.get(address, auth=key)).json()["steps"][1]["details"] == frozen
    assert frozen["frame"]["count"] == 40


async def test_deregistered_objects_are_excluded_with_their_reason(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    await given.objects(key, objects_csv(3, status="注销"))
    address = await given.drawn(key)
    details = (await http.get(address, auth=key)).json()["steps"][1]["details"]
    assert (details["frame"]["count"], details["excluded"]["by_reason"]) == (
        37,
        {"deregistered": 3},
    )
    bundle = (await http.get(f"{address}/bundles/audit", auth=key)).content
    excluded = zipfile.ZipFile(io.BytesIO(bundle)).read("excluded.tsv").decode()
    assert object_code(1) in excluded


async def test_strata_by_region_name_every_class_in_every_region(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    await given.objects(key, objects_csv(2, region="610404"))
    rates = [*line_body()["class_rates"], {"credit_class": "U", "rate": "0.03"}]
    line = await given.plan_line(key, regions=["610400"], by_region=True, class_rates=rates)
    address = await given.frozen(key, line)
    design = (await http.get(address, auth=key)).json()["steps"][1]["details"]["design"]
    named = [stratum["stratum"] for stratum in design["strata"]]
    assert named == [f"{c}/{r}" for c in "ABCDU" for r in ("610403", "610404")]


async def test_the_drawn_objects_come_in_pages(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    address = await given.drawn(key)
    first = (await http.get(f"{address}/selected?limit=5", auth=key)).json()
    rest = (await http.get(f"{address}/selected?after={first['next']}", auth=key)).json()
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (5, 3, None)
    bad = await http.get(f"{address}/selected?after=nonsense", auth=key)
    assert (bad.status_code, bad.json()["code"]) == (400, "cursor-invalid")
