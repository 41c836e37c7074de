"""The public pages: whole without scripts, closed to others' content, a working copy when saved."""

import hashlib
import html
import re
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urljoin

import httpx
import pytest

from app.main import document
from app.publication.router import wording
from app.sampling.openlot1.evidence import read_bundle, verify_bundle
from tests.factories import (
    DEPARTMENT,
    OTHER_DEPARTMENT,
    REGION,
    Given,
    classes_csv,
    object_code,
)
from tests.publication.life import Visited, dispatched, load_calendar, published_item
from tests.publication.watcher import pages
from tests.registry.item_lists import detailed_item

HOSTILE = "<script>alert(1)</script>商店\"'&{{7*7}}"
POLICY = {
    "default-src": "'none'",
    "style-src": "'self'",
    "img-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}


def hostile_item() -> dict[str, Any]:
    """An item with every member, whose texts are hostile."""
    sub_items = [{"no": 1, "name": HOSTILE, "lines": [HOSTILE]}, {"no": 2, "name": "一"}]
    texts = dict.fromkeys(("name", "checked_by", "objects", "ratio_text"), HOSTILE)
    return {**detailed_item(), **texts, "code": "SC-02", "sub_items": sub_items}


@pytest.fixture(scope="module")
async def finished(standing: Given) -> Visited:
    """A task that is published with all its results; every object has a hostile name."""
    key = await standing.admin()
    await standing.departments(key, DEPARTMENT, OTHER_DEPARTMENT)
    await standing.code_tables(key)
    quoted = HOSTILE.replace('"', '""')
    lines = "".join(
        f'{object_code(n)},"{n}{quoted}",企业,{REGION},52,2020-01-02,存续\n' for n in range(1, 13)
    )
    head = "uscc,name,object_class,region_code,industry_code,established,status\n"
    await standing.objects(key, head + lines)
    await standing.classes(key, classes_csv(12))
    for department in (DEPARTMENT, OTHER_DEPARTMENT):
        await standing.items(key, department)
        await standing.inspectors(key, department)
    for remark in ("", HOSTILE):
        await published_item(standing, key, {**hostile_item(), "remark": remark})
    await load_calendar(standing, key)
    task = await dispatched(standing, key, name=f"{HOSTILE}抽查")
    await task.publish("task")
    await task.visit(task.objects[0], 5, f"{HOSTILE}过期")
    for code in task.objects[1:]:
        await task.visit(code)
    await task.publish("drawn-list")
    for code in task.objects:
        await task.publish("result", f"{task.national_key}/{code}")
    return task


@pytest.fixture(scope="module")
async def site(finished: Visited) -> dict[str, httpx.Response]:
    return await pages(finished.given.http)


VERIFIER = "/public/verify.html"
"""A program with its own policy: tests/sampling/page and test_public_voids are about it."""


@pytest.fixture(scope="module")
def plain(site: dict[str, httpx.Response]) -> dict[str, httpx.Response]:
    """All but the verifier."""
    assert VERIFIER in site
    return {path: answer for path, answer in site.items() if path != VERIFIER}


def as_html(site: dict[str, httpx.Response]) -> dict[str, str]:
    found = {path: one.text for path, one in site.items() if path.endswith(".html")}
    assert len(found) >= 8
    return found


async def test_every_link_leads_to_something(
    finished: Visited, site: dict[str, httpx.Response]
) -> None:
    assert {path: one.status_code for path, one in site.items() if one.status_code != 200} == {}
    for path in (
        f"/public/plans/{finished.plan}.html",
        f"/public/tasks/{finished.national_key}.html",
        f"/public/draws/{finished.target_draw}.html",
        f"/public/draws/{finished.inspector_draw}.html",
        f"/public/draws/{finished.target_draw}-1-commitment.json",
        f"/public/draws/{finished.target_draw}-1-public.zip",
        "/public/results.html",
        f"/public/items/{DEPARTMENT}/SC-01.html",
        f"/public/items/{OTHER_DEPARTMENT}/SC-01.html",
        f"/public/items/{DEPARTMENT}/SC-02~1.html",
        "/public/style.css",
        "/public/checkpoint.txt",
        "/public/log-key.txt",
    ):
        assert path in site, path


async def test_a_folder_of_the_saved_files_is_a_working_copy(
    site: dict[str, httpx.Response], tmp_path: Path
) -> None:
    for path, answer in site.items():
        saved = tmp_path / path.removeprefix("/")
        saved.parent.mkdir(parents=True, exist_ok=True)
        saved.write_bytes(answer.content)
    for path, text in as_html(site).items():
        for link in re.findall(r'(?:href|src)="([^"]*)"', text):
            assert not re.match(r"^[a-z]+:|^/", link), f"{path}: {link} is not relative"
            file, anchor = urldefrag(urljoin(path, link))
            target = tmp_path / file.removeprefix("/")
            assert target.is_file(), f"{path}: {link}"
            assert not anchor or f'id="{anchor}"' in target.read_text(), f"{path}: {link}"


def test_every_answer_has_the_headers_of_a_closed_page(plain: dict[str, httpx.Response]) -> None:
    for path, answer in plain.items():
        headers = answer.headers
        assert headers["x-content-type-options"] == "nosniff", path
        assert "set-cookie" not in headers, path
        if path.endswith((".json", ".zip")):
            assert headers["cache-control"] == "public, max-age=31536000, immutable", path
            continue
        sent = (
            part.strip().partition(" ") for part in headers["content-security-policy"].split(";")
        )
        assert {name: value for name, _, value in sent} == POLICY, path
        assert headers["referrer-policy"] == "no-referrer", path
        assert headers["permissions-policy"], path
        assert headers["cross-origin-opener-policy"] == "same-origin", path
        assert headers["cross-origin-resource-policy"] == "same-origin", path
        kept = "public, max-age=3600" if path.endswith(".css") else "no-store"
        assert headers["cache-control"] == kept, path


def test_pages_need_nothing_from_elsewhere_and_no_script(plain: dict[str, httpx.Response]) -> None:
    for path, text in as_html(plain).items():
        for forbidden in ("<script", "<img", "<iframe", "<form", "style=", "javascript:", "://"):
            assert forbidden not in text, f"{path}: {forbidden}"
        assert not re.search(r"\son[a-z]+=", re.sub(r'"[^"]*"', "", text)), path
    assert "url(" not in plain["/public/style.css"].text
    assert "@import" not in plain["/public/style.css"].text


def test_hostile_names_are_shown_as_they_are(
    finished: Visited, site: dict[str, httpx.Response]
) -> None:
    page = site[f"/public/tasks/{finished.national_key}.html"].text
    shown = html.escape(HOSTILE, quote=False)
    assert html.unescape(page).count(HOSTILE) >= 2 * len(finished.objects)
    assert shown.split('"')[0] in page
    assert "{{7*7}}" in page
    assert html.unescape(page).count(f"{HOSTILE}过期") == 2
    item = html.unescape(site[f"/public/items/{DEPARTMENT}/SC-02.html"].text)
    assert item.count(HOSTILE) >= 7


def test_pages_are_chinese_and_readable(plain: dict[str, httpx.Response]) -> None:
    for path, text in as_html(plain).items():
        assert text.startswith('<!DOCTYPE html>\n<html lang="zh-CN">'), path
        assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in text, path
        assert len(re.findall(r"<h1>", text)) == 1, path
        assert text.count("<table") == text.count("<caption>"), path
        assert text.count("<th ") == text.count('<th scope="col"'), path
        body = re.sub(r"<pre>.*?</pre>|<[^>]*>", "", text, flags=re.DOTALL)
        assert not re.search(r"\b20\d\d-\d\d-\d\d\b", body), f"{path}: a date in another form"
        assert "None" not in body, path
    task = next(text for path, text in as_html(plain).items() if "/tasks/" in path)
    assert re.search(r"20\d\d年\d{1,2}月\d{1,2}日", task)
    assert re.search(r"\d户", task)


def test_the_files_are_the_evidence(finished: Visited, site: dict[str, httpx.Response]) -> None:
    draw = finished.target_draw
    page = site[f"/public/draws/{draw}.html"].text
    commitment = site[f"/public/draws/{draw}-1-commitment.json"].content
    assert hashlib.sha256(commitment).hexdigest() in page
    bundle = read_bundle(site[f"/public/draws/{draw}-1-public.zip"].content)
    key = site["/public/log-key.txt"].text.strip()
    assert verify_bundle(bundle, log_key=key).ok
    assert bundle["commitment.json"] == commitment
    assert site["/public/checkpoint.txt"].text in html.unescape(site["/public/index.html"].text)


async def test_what_is_not_there_is_said_in_a_page(finished: Visited) -> None:
    http = finished.given.http
    for path in (
        "plans/none.html",
        "tasks/610403202601011999.html",
        "draws/NONE.html",
        f"draws/{finished.target_draw}-2-commitment.json",
        f"draws/{finished.target_draw}-2-public.zip",
        f"draws/{finished.inspector_draw}-1-public.zip",
        "items/NONE.html",
        f"items/{DEPARTMENT}~2.html",
        f"items/{DEPARTMENT}~0.html",
        f"items/{DEPARTMENT}/NONE.html",
        f"items/{DEPARTMENT}/SC-01~2.html",
        f"items/{DEPARTMENT}/SC-01~{10**30}.html",
        f"items~{10**30}.html",
    ):
        answer = await http.get(f"/public/{path}")
        assert answer.status_code == 404, path
        assert "没有这项公示，或尚未到公示时间。" in answer.text, path
        assert answer.headers["content-security-policy"], path
    for path in ("plans/%00", "tasks/%00", "draws/%00", "items/%00", "items/A/%00", "items/%ff"):
        assert (await http.get(f"/public/{path}.html")).status_code == 404, path
    for path in ("/public", "/public/"):
        answer = await http.get(path, follow_redirects=True)
        assert answer.url.path == "/public/index.html"


def test_pages_are_no_part_of_the_contract() -> None:
    assert [path for path in document()["paths"] if path.startswith("/public")] == []


@pytest.mark.parametrize(
    ("rate", "shown"),
    [
        ("0", "0%"),
        ("1", "100%"),
        ("0.03", "3%"),
        ("0.125", "12.5%"),
        ("1/3", "1/3"),
        ("1/4", "25%"),
        ("0.00001", "0.001%"),
        ("1.0", "100%"),
    ],
)
def test_rates_are_shown_exactly(rate: str, shown: str) -> None:
    assert wording.percent(rate) == shown


def test_days_are_those_of_china() -> None:
    assert wording.chinese_date("2026-11-24") == "2026年11月24日"
    assert wording.chinese_date("2026-11-23T16:00:00.000000Z") == "2026年11月24日"
    assert wording.chinese_moment("2026-11-23T16:05:00.000000Z") == "2026年11月24日00:05"
