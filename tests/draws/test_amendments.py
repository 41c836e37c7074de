"""Amendments: the registry is corrected first; seed and tickets stay, and little moves."""

import hashlib

import httpx
import pytest

from app.sampling.openlot1.amendment import check_amendments
from app.sampling.openlot1.evidence import read_bundle
from tests.draws.changing import amendment, changed, refused, selected, substitution
from tests.draws.test_substitutions import gone, without
from tests.factories import Given, Key, classes_csv, object_code, objects_csv


@pytest.fixture
async def key(given: Given) -> Key:
    key = await given.admin()
    await given.registry(key)
    return key


async def more_objects(given: Given, key: Key, count: int, *missing: str) -> None:
    await given.objects(key, without(objects_csv(count), *missing))
    await given.classes(key, classes_csv(count))


async def test_objects_left_out_come_in_without_a_new_draw(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    address = await given.drawn(key)
    before = await selected(http, address, key)
    await more_objects(given, key, 48)
    added = [object_code(n) for n in range(41, 49)]
    change = await changed(given, key, address, amendment(*added))
    after = await selected(http, address, key)
    entered = {one["object_id"] for one in change["details"]["entered"]}
    left = {one["object_id"] for one in change["details"]["left"]}
    codes = {one["object_code"] for one in before}
    assert {one["object_code"] for one in after} == (codes - left) | entered
    tickets = {one["object_code"]: one["ticket"] for one in before}
    kept = [one for one in after if one["object_code"] in tickets]
    assert kept
    assert all(tickets[one["object_code"]] == one["ticket"] for one in kept)


async def test_the_document_is_recomputed_from_the_audit_bundle(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    address = await given.drawn(key)
    await more_objects(given, key, 44)
    first = await changed(given, key, address, amendment(*(object_code(n) for n in range(41, 45))))
    code = (await selected(http, address, key))[0]["object_code"]
    await more_objects(given, key, 44, code)
    second = await changed(given, key, address, amendment(code, reason="wrongly-included"))
    listed = (await http.get(f"{address}/amendments", auth=key)).json()["items"]
    documents = [one["document"].encode() for one in listed]
    digests = [hashlib.sha256(document).hexdigest() for document in documents]
    assert digests == [first["details"]["sha256"], second["details"]["sha256"]]
    bundle = read_bundle((await http.get(f"{address}/bundles/audit", auth=key)).content)
    amended = check_amendments(bundle, documents)
    shown = [
        f"{one['stratum']}\t{one['rank']}\t{one['object_code']}\t{one['ticket']}\n"
        for one in await selected(http, address, key)
    ]
    assert amended[-1].selected_tsv.decode() == "".join(shown)


async def test_what_the_registry_does_not_say_is_not_amended(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    address = await given.drawn(key)
    for code in (object_code(1), object_code(999)):
        await refused(
            http,
            f"{address}/changes",
            key,
            amendment(code),
            status=422,
            code="nothing-to-amend",
        )


async def test_a_new_class_touches_two_strata_only(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    address = await given.drawn(key)
    before = await selected(http, address, key)
    code = object_code(4)  # of class A by the rows of the factory
    await given.classes(key, f"uscc,credit_class\n{code},D\n", valid_from="2026-01-02")
    change = await changed(given, key, address, amendment(code, reason="misclassified"))
    touched = {one["after"]["stratum"] for one in change["details"]["strata"]}
    assert touched <= {"A", "D"}
    rest = [one for one in await selected(http, address, key) if one["stratum"] in {"B", "C"}]
    assert rest == [one for one in before if one["stratum"] in {"B", "C"}]


async def test_an_amendment_asked_for_before_another_is_overtaken(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    address = await given.drawn(key)
    await more_objects(given, key, 42)
    asked = [
        await given.post(f"{address}/changes", key, json=amendment(object_code(n)))
        for n in (41, 42)
    ]
    head = await given.key(sees=("*",), person="head-of-office")
    first, second = (f"{address}/changes/{one['number']}/decision" for one in asked)
    await given.post(first, head, json={"decision": "approved"})
    await refused(
        http, second, head, {"decision": "approved"}, status=409, code="draw-change-overtaken"
    )


async def test_after_a_substitution_the_frame_stands(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    address = await given.drawn(key)
    code = (await selected(http, address, key))[0]["object_code"]
    await gone(given, key, code)
    await changed(given, key, address, substitution(code))
    await refused(
        http,
        f"{address}/changes",
        key,
        amendment(code, reason="wrongly-included"),
        status=409,
        code="list-substituted-already",
    )
