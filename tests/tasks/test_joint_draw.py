"""A joint draw at the size of a city, with all that comes after it, and every draw replayed from
its evidence alone: 3 departments, 2 districts, 500 objects, 160 officers, 40 recusals, 10
substitutes."""

import asyncio
import csv
import io
import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.demo.sample import write_sample
from app.sampling.openlot1.evidence import read_bundle, verify_bundle
from tests.factories import DEPARTMENT, OTHER_DEPARTMENT, Given, Key
from tests.tasks.recusing import (
    Made,
    assignment_of,
    bundle_of,
    decided,
    declared,
    excluded,
    notices,
    recusals,
    requested,
    settle,
)

ROOT = Path(__file__).parents[2]
REAL = (ROOT / os.environ.get("OPENLOT_DATA", "../shared/data")).resolve()
VERIFY = ROOT / "app" / "sampling" / "verify.py"
DEPARTMENTS = (DEPARTMENT, OTHER_DEPARTMENT, "610403-WSJK")
OFFICERS = dict(zip(DEPARTMENTS, (54, 53, 53), strict=True))
OBJECTS = 500
EXPIRING_EVERY = 9
WINDOW_END = "2026-11-30"
DECLARED, ASKED, FOUND = 12, 18, 10
GRANTED_BEFORE, GRANTED_FOUND, REPLACED = 12, 4, 6
REASONS = ("illness", "leave", "transfer", "certificate", "recusal", "leave")


@dataclass(frozen=True)
class Register:
    """A folder of code tables, the objects of its two largest districts, and their codes."""

    folder: Path
    objects: str
    regions: tuple[str, str]


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Register:
    """The real register, or the project's own sample where that is not at hand."""
    folder, name = REAL, "objects_real_50k.csv"
    if not (REAL / name).is_file():
        folder, name = tmp_path_factory.mktemp("sample"), "objects.csv"
        write_sample(folder, objects=3000)
    text = (folder / name).read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    (first, _), (second, _) = Counter(row["region_code"] for row in rows).most_common(2)
    kept = io.StringIO()
    writer = csv.DictWriter(kept, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(row for row in rows if row["region_code"] in {first, second})
    return Register(folder, kept.getvalue(), (first, second))


@pytest.fixture
async def key(given: Given) -> AsyncIterator[Key]:
    yield await given.admin()
    given.now_again()


def officers_csv(department: str) -> str:
    """Officers for the item of their department; every so-many-th certificate ends in the window."""
    rows = [
        f"{department}-{n:04d},执法员{n:04d},证{department}{n:04d},{valid_to(n)},SC-01"
        for n in range(1, OFFICERS[department] + 1)
    ]
    header = "staff_no,name,certificate_no,certificate_valid_to,item_codes"
    return "\n".join([header, *rows]) + "\n"


def valid_to(number: int) -> str:
    return "2026-06-30" if number % EXPIRING_EVERY == 0 else "2030-12-31"


async def fill(given: Given, key: Key, register: Register) -> None:
    await given.departments(key, *DEPARTMENTS)
    for path, name in (("division", "divisions"), ("industry", "industries")):
        text = (register.folder / f"{name}.csv").read_text(encoding="utf-8")
        answer = await given.upload(f"/v1/registry/{path}-imports", key, text, source="国家标准")
        assert answer.status_code == 201, answer.text
    await given.objects(key, register.objects)
    for department in DEPARTMENTS:
        await given.items(key, department)
        await given.inspectors(key, department, officers_csv(department))


async def drawn_objects(given: Given, key: Key, register: Register) -> tuple[str, str, list[str]]:
    """A line of all three departments with 250 objects of each district: its code, its draw, and
    the objects."""
    line = await given.plan_line(
        key,
        items=[{"department_code": one, "item_code": "SC-01"} for one in DEPARTMENTS],
        regions=list(register.regions),
        class_rates=[{"credit_class": "U", "fixed": OBJECTS // 2}],
        by_region=True,
    )
    address = await given.finish(key, await given.draw(key, line))
    codes: list[str] = []
    after: str | None = None
    while True:
        page = {"limit": 200} | ({"after": after} if after else {})
        answer = (await given.http.get(f"{address}/selected", auth=key, params=page)).json()
        codes += [one["object_code"] for one in answer["items"]]
        after = answer["next"]
        if after is None:
            return line, address.split("/")[3], sorted(codes)


def place(department: str, object_code: str, staff_no: str) -> Made:
    return {
        "department_code": department,
        "object_code": object_code,
        "officers": [staff_no],
    }


def pairs(codes: list[str], first: int, count: int) -> list[Made]:
    """Officers and objects, one object each, of the departments in turn."""
    made = []
    for n in range(first, first + count):
        department = DEPARTMENTS[n % 3]
        made.append(place(department, codes[n], f"{department}-{n % 40 + 1:04d}"))
    return made


async def recuse_before(given: Given, codes: list[str]) -> tuple[list[Made], list[Made]]:
    """What is declared and asked for before officers are drawn: those that are in force, those
    that are refused."""
    own = pairs(codes, 0, DECLARED)
    for one in own:
        await declared(given, one, one["officers"][0])
    asked = pairs(codes, DECLARED, ASKED)
    for number, one in enumerate(asked):
        made = await requested(given, one)
        await decided(given, made, "granted" if number < GRANTED_BEFORE else "refused")
    return own + asked[:GRANTED_BEFORE], asked[GRANTED_BEFORE:]


async def all_parts(given: Given, key: Key, task: Made) -> list[Made]:
    """Every part of the task, by object and department."""
    found: list[Made] = []
    after: str | None = None
    path = f"/v1/inspection-tasks/{task['national_key']}/inspections"
    while True:
        page = {"limit": 200} | ({"after": after} if after else {})
        answer = await given.http.get(path, auth=key, params=page)
        assert answer.status_code == 200, answer.text
        found += answer.json()["items"]
        after = answer.json()["next"]
        if after is None:
            return found


def check_seats(parts: list[Made], kept_away: list[Made]) -> None:
    """Two certified officers of each department at each object, none of whom must keep away, and
    nobody with many more than others."""
    assert len(parts) == OBJECTS * len(DEPARTMENTS)
    loads: dict[str, Counter[str]] = defaultdict(Counter)
    away = {(one["object_code"], one["officers"][0]) for one in kept_away}
    for part in parts:
        department = part["department_code"]
        assert len(set(part["officers"])) == 2
        for staff_no in part["officers"]:
            assert staff_no.startswith(f"{department}-")
            assert int(staff_no[-4:]) % EXPIRING_EVERY, "the certificate ends inside the window"
            assert (part["object_code"], staff_no) not in away
            loads[department][staff_no] += 1
    most = max(max(counted.values()) for counted in loads.values())
    able = min(sum(n % EXPIRING_EVERY != 0 for n in range(1, m + 1)) for m in OFFICERS.values())
    assert most <= -(-OBJECTS * 2 // able) + 1


async def find_after(given: Given, key: Key, parts: list[Made]) -> list[str]:
    """Officers who declare an interest in an object at which they hold a seat; the head grants some
    of the cases that the service opens. Ids of the draws that begin."""
    chosen = parts[60 : 60 + 7 * FOUND : 7]
    for part in chosen:
        await declared(given, part, part["officers"][0])
    await settle(given)
    cases = [one for one in await recusals(given, key, state="pending") if one["origin"] == "found"]
    assert sorted((one["object_code"], one["staff_no"]) for one in cases) == sorted(
        (part["object_code"], part["officers"][0]) for part in chosen
    )
    begun = []
    for number, case in enumerate(cases):
        outcome = "granted" if number < GRANTED_FOUND else "refused"
        (seat,) = (await decided(given, case, outcome))["seats"]
        begun += [seat["draw_id"]] if outcome == "granted" else []
    return begun


async def replace(given: Given, key: Key, task: Made, parts: list[Made]) -> list[str]:
    """Requests for each reason, each approved by another person. Ids of the draws that begin."""
    begun = []
    for number, (part, reason) in enumerate(zip(parts[-REPLACED:], REASONS, strict=True)):
        department, staff_no = part["department_code"], part["officers"][1]
        if reason == "certificate":
            row = f"{staff_no},执法员,证{staff_no},2026-10-31,SC-01\n"
            await given.inspectors(
                key, department, officers_csv(department).split("\n")[0] + "\n" + row
            )
        body = {
            "object_code": part["object_code"],
            "department_code": department,
            "seat": 2,
            "staff_no": staff_no,
            "reason": reason,
            "evidence": "附件",
        }
        clerk = await given.officer_key(f"clerk-{number % 3}", department)
        path = f"/v1/inspection-tasks/{task['national_key']}/replacements"
        made = await given.post(path, clerk, json=body)
        head = await given.officer_key("head", department)
        approved = await given.post(f"/v1/replacements/{made['id']}/approval", head)
        begun.append(approved["draw_id"])
    return begun


async def replay(given: Given, key: Key, draw_id: str, folder: Path) -> None:
    """From its evidence alone, by the core and by the verifier that was written apart from it."""
    bundle = await bundle_of(given, key, draw_id)
    vkey = (await given.http.get("/v1/ledger/key")).json()["vkey"]
    report = await asyncio.to_thread(lambda: verify_bundle(read_bundle(bundle), log_key=vkey))
    assert report.ok, draw_id
    path = folder / f"{draw_id}.zip"
    path.write_bytes(bundle)
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-I", "-S", str(VERIFY), str(path), "--key", vkey],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


async def total(given: Given, key: Key, path: str, member: str) -> int:
    """The sum of a member of the auditor's counts."""
    answer = await given.http.get(path, auth=key, params={"limit": 200})
    assert answer.json()["next"] is None
    return sum(one[member] for one in answer.json()["items"])


async def test_a_joint_draw_with_recusals_and_substitutes_replays_from_its_bundles(
    given: Given, key: Key, register: Register, tmp_path: Path
) -> None:
    await fill(given, key, register)
    line, target, codes = await drawn_objects(given, key, register)
    assert len(codes) == OBJECTS
    kept_away, allowed = await recuse_before(given, codes)
    officers = await given.officers(key, line)
    task = await given.post("/v1/inspection-tasks", key, json={"plan_line_code": line})
    await settle(given)
    assignment = await assignment_of(given, key, officers)
    for one in kept_away:
        assert one["officers"][0] in excluded(assignment, one["object_code"])
    for one in allowed:
        assert one["officers"][0] not in excluded(assignment, one["object_code"])
    before = await all_parts(given, key, task)
    check_seats(before, kept_away)
    begun = await find_after(given, key, before) + await replace(given, key, task, before)
    assert len(begun) == GRANTED_FOUND + REPLACED == 10
    for draw_id in begun:
        await given.finish(key, f"/v1/draws/{draw_id}/attempts/1")
    await settle(given)
    after = await all_parts(given, key, task)
    check_seats(after, kept_away)
    changed = [
        (old["officers"], new["officers"])
        for old, new in zip(before, after, strict=True)
        if old["officers"] != new["officers"]
    ]
    assert len(changed) == len(begun)
    assert all(len(set(old) & set(new)) == 1 for old, new in changed)
    told = Counter(one["kind"] for one in await notices(given, key, task))
    assert told == {"leaves": len(begun), "enters": len(begun)}
    origins = Counter(one["origin"] for one in await recusals(given, key))
    assert origins == {"declared": DECLARED + FOUND, "requested": ASKED, "found": FOUND}
    assert await total(given, key, "/v1/replacement-counts", "approved") == REPLACED
    granted = GRANTED_BEFORE + GRANTED_FOUND
    assert await total(given, key, "/v1/recusal-counts", "granted") == granted
    assert await total(given, key, "/v1/recusal-counts", "replaced") == GRANTED_FOUND
    for draw_id in (target, officers, *begun):
        await replay(given, key, draw_id, tmp_path)
