"""Two districts with two stations each, and officers of all of them; what a draw made of them."""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from tests.factories import DEPARTMENT, OTHER_DEPARTMENT, Given, Key, object_code
from tests.watching import rows

STATIONS = ("李台所", "五泉所", "中山所", "渭阳所")
DISTRICTS = ("610403", "610403", "610404", "610404")
"""Of each station."""
OBJECTS = 40
PREFECTURE = "610400"
SEATS = Iterable[dict[str, Any]]


def station_of(code: str) -> str:
    """The station of an object."""
    return STATIONS[_NUMBERS[code] % 4]


def district_of(code: str) -> str:
    return DISTRICTS[_NUMBERS[code] % 4]


_NUMBERS = {object_code(n): n for n in range(1, OBJECTS + 1)}


def objects_csv(*, without_station: Iterable[int] = ()) -> str:
    """Objects of the four stations in turn."""
    bare = set(without_station)
    body = "".join(
        f"{code},第{n}号商店,企业,{district_of(code)},52,2020-01-02,存续,"
        f"{'' if n in bare else station_of(code)}\n"
        for code, n in _NUMBERS.items()
    )
    return (
        "uscc,name,object_class,region_code,industry_code,established,status,jurisdiction_unit\n"
        + body
    )


def officers_csv(
    department: str = DEPARTMENT,
    count: int = 16,
    *,
    first: int = 1,
    changed: dict[int, dict[str, str]] | None = None,
) -> str:
    """Officers of the four stations in turn; `changed` are other fields of some of them."""
    columns = [
        "staff_no",
        "name",
        "kind",
        "station",
        "region_code",
        "certificate_no",
        "certificate_valid_to",
        "qualifications",
        "item_codes",
        "status",
        "status_from",
        "status_to",
    ]
    lines = [",".join(columns)]
    for n in range(first, first + count):
        row = {
            "staff_no": f"{department}-{n:04d}",
            "name": f"执法员{n:04d}",
            "kind": "officer",
            "station": STATIONS[n % 4],
            "region_code": DISTRICTS[n % 4],
            "certificate_no": f"证{department}{n:04d}",
            "certificate_valid_to": "2030-12-31",
            "item_codes": "SC-01",
        } | (changed or {}).get(n, {})
        lines.append(",".join(row.get(column, "") for column in columns))
    return "\n".join(lines) + "\n"


def experts_csv(
    department: str = DEPARTMENT, count: int = 4, *, kind: str = "expert", skill: str = "药品检查员"
) -> str:
    """Experts without certificates or items."""
    people = (f"{department}-Z{n:02d},专家{n:02d},{kind},,,,{skill}\n" for n in range(1, count + 1))
    head = "staff_no,name,kind,certificate_no,certificate_valid_to,item_codes,qualifications\n"
    return head + "".join(people)


def station(staff_no: str) -> str:
    """The station of an officer."""
    return STATIONS[int(staff_no[-4:]) % 4]


def district(staff_no: str) -> str:
    return DISTRICTS[int(staff_no[-4:]) % 4]


async def open_offices(given: Given, key: Key, officers: str | None = None) -> None:
    """Two departments, code tables, objects of four stations, an item each, and the officers of
    the first department."""
    await given.departments(key, DEPARTMENT, OTHER_DEPARTMENT)
    await given.code_tables(key)
    await given.objects(key, objects_csv())
    await given.classes(key)
    for department in (DEPARTMENT, OTHER_DEPARTMENT):
        await given.items(key, department)
    await given.inspectors(key, csv=officers or officers_csv())


async def line_drawn(given: Given, key: Key, **changes: Any) -> str:
    """A line of both districts whose objects are drawn."""
    line = await given.plan_line(key, **({"regions": [PREFECTURE]} | changes))
    await given.finish(key, await given.draw(key, line))
    return line


async def seats_of(given: Given, key: Key, draw_id: str) -> list[dict[str, Any]]:
    answer = await given.http.get(f"/v1/draws/{draw_id}/seats", auth=key, params={"limit": 200})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    assert found
    return found


async def told_freeze(given: Given, key: Key, draw_id: str) -> dict[str, Any]:
    """What the freeze says of itself."""
    shown = (await given.http.get(f"/v1/draws/{draw_id}/attempts/1", auth=key)).json()
    frozen = {step["state"]: step["details"] for step in shown["steps"]}["frozen"]
    assert isinstance(frozen, dict)
    return frozen


async def assignment_of(superuser: AsyncEngine, draw_id: str) -> dict[str, Any]:
    """assignment.json of a draw that is frozen."""
    query = "SELECT data FROM openlot.draw_file WHERE draw_id = :draw AND name = 'assignment.json'"
    ((data,),) = await rows(superuser, query, draw=draw_id)
    found: dict[str, Any] = json.loads(data)
    return found
