"""The directory of inspectors: what an entry says, who sees a phone, and what is refused."""

from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.factories import DEPARTMENT, OTHER_DEPARTMENT, Given, Key, inspectors_csv
from tests.watching import counts, rows

OFFICER = f"{DEPARTMENT}-0001"
HEADER = (
    "staff_no,name,kind,station,region_code,certificate_no,certificate_issuer,"
    "certificate_valid_to,phone,qualifications,specialties,item_codes,teams,status,status_from,"
    "status_to\n"
)
FULL = (
    f"{OFFICER},执法员一,officer,李台市场监管所,610403,证1;证2,陕西省人民政府;国家市场监督管理总局,"
    "2031-12-31;2030-12-31,13912345678,药品检查员;食品安全检查员,餐饮服务,SC-01;SC-02,检查一组,有效,"
    "2026-01-01,2031-01-01\n"
)
NATIONAL_ID = "610403199003074518"


@pytest.fixture
async def key(given: Given) -> Key:
    key = await given.admin()
    await given.departments(key, DEPARTMENT, OTHER_DEPARTMENT)
    return key


async def upload(given: Given, key: Key, csv: str, department: str = DEPARTMENT) -> httpx.Response:
    """Whatever comes of it."""
    return await given.upload(
        "/v1/registry/inspector-imports", key, csv, department=department, source="人事库"
    )


def tallied(answer: httpx.Response) -> tuple[int, int, int, int]:
    """All, added, changed and unchanged rows."""
    assert answer.status_code == 201, answer.text
    body = answer.json()
    return body["rows"], body["added"], body["changed"], body["unchanged"]


async def entry(
    http: httpx.AsyncClient, key: Key, staff_no: str = OFFICER, department: str = DEPARTMENT
) -> dict[str, Any]:
    address = f"/v1/registry/inspectors/{staff_no}"
    answer = await http.get(address, auth=key, params={"department": department})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def listed(http: httpx.AsyncClient, key: Key, **params: Any) -> list[str]:
    """Staff numbers."""
    answer = await http.get(
        "/v1/registry/inspectors", auth=key, params={"department": DEPARTMENT} | params
    )
    assert answer.status_code == 200, answer.text
    return [one["staff_no"] for one in answer.json()["items"]]


async def refused(
    given: Given, superuser: AsyncEngine, key: Key, csv: str, department: str = DEPARTMENT
) -> list[tuple[str, str]]:
    """Code and column of each fault of a file of which nothing is taken."""
    before = await counts(superuser)
    answer = await upload(given, key, csv, department)
    assert (answer.status_code, answer.json()["code"]) == (422, "import-refused"), answer.text
    assert await counts(superuser) == before
    return [(one["code"], one["column"]) for one in answer.json()["errors"]]


async def test_an_entry_says_all_that_a_draw_asks_for(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    assert tallied(await upload(given, key, HEADER + FULL)) == (1, 1, 0, 0)
    assert await entry(http, key) == {
        "department_code": DEPARTMENT,
        "staff_no": OFFICER,
        "name": "执法员一",
        "kind": "officer",
        "station": "李台市场监管所",
        "region_code": "610403",
        "certificates": [
            {"number": "证2", "issuer": "国家市场监督管理总局", "valid_to": "2030-12-31"},
            {"number": "证1", "issuer": "陕西省人民政府", "valid_to": "2031-12-31"},
        ],
        "phone": "139****5678",
        "qualifications": ["药品检查员", "食品安全检查员"],
        "specialties": ["餐饮服务"],
        "item_codes": ["SC-01", "SC-02"],
        "teams": ["检查一组"],
        "status": "active",
        "status_from": "2026-01-01",
        "status_to": "2031-01-01",
        "version": 1,
    }
    assert tallied(await upload(given, key, HEADER + FULL)) == (1, 0, 0, 1)


async def test_a_file_of_the_old_columns_is_taken(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    assert tallied(await upload(given, key, inspectors_csv(DEPARTMENT, 2))) == (2, 2, 0, 0)
    found = await entry(http, key)
    assert (found["kind"], found["station"], found["phone"]) == ("officer", "", None)
    assert (found["status"], found["status_from"]) == ("active", None)
    assert [one["valid_to"] for one in found["certificates"]] == ["2030-12-31"]


async def test_every_change_keeps_the_former_row(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    await upload(given, key, HEADER + FULL)
    moved = FULL.replace("李台", "五泉").replace("2031-12-31;2030-12-31", "2032-12-31;2030-12-31")
    assert tallied(await upload(given, key, HEADER + moved)) == (1, 0, 1, 0)
    address = f"/v1/registry/inspectors/{OFFICER}/versions"
    answer = await http.get(address, auth=key, params={"department": DEPARTMENT})
    first, second = answer.json()["items"]
    assert (first["version"], first["station"]) == (1, "李台市场监管所")
    assert (second["version"], second["station"]) == (2, "五泉市场监管所")
    assert first["certificates"][-1]["valid_to"] == "2031-12-31"
    assert second["certificates"][-1]["valid_to"] == "2032-12-31"
    assert (first["source"], first["phone"]) == ("人事库", "139****5678")
    assert first["import_id"] != second["import_id"]


async def test_an_entry_that_never_changed_has_its_present_state_alone(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    told = await upload(given, key, HEADER + FULL)
    address = f"/v1/registry/inspectors/{OFFICER}/versions"
    answer = await http.get(address, auth=key, params={"department": DEPARTMENT})
    assert [(one["version"], one["import_id"]) for one in answer.json()["items"]] == [
        (1, told.json()["id"])
    ]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("staff_no", NATIONAL_ID),
        ("certificate_no", NATIONAL_ID),
        ("certificate_no", f"证1;{NATIONAL_ID[:-1]}X"),
        ("name", f"张某（{NATIONAL_ID}）"),
    ],
)
async def test_a_national_id_number_is_refused_and_not_repeated(
    given: Given, superuser: AsyncEngine, key: Key, column: str, value: str
) -> None:
    row = {
        "staff_no": OFFICER,
        "name": "执法员一",
        "certificate_no": "证1",
        "certificate_valid_to": ";".join(["2030-12-31"] * (value.count(";") + 1)),
        "item_codes": "SC-01",
    } | {column: value}
    csv = ",".join(row) + "\n" + ",".join(row.values()) + "\n"
    assert await refused(given, superuser, key, csv) == [("national-id", column)]
    answer = await upload(given, key, csv)
    assert "19900307" not in answer.text


async def test_a_certificate_number_of_eighteen_digits_is_no_national_id(
    given: Given, key: Key
) -> None:
    """Region, day on which it was given, sequence: no birthday of an officer."""
    csv = inspectors_csv(DEPARTMENT, 1).replace(f"证{DEPARTMENT}0001", "610403202401150012")
    assert tallied(await upload(given, key, csv)) == (1, 1, 0, 0)


@pytest.mark.parametrize(
    ("was", "becomes", "fault"),
    [
        ("officer", "boss", ("value-unknown", "kind")),
        (",610403,", ",6104,", ("code-malformed", "region_code")),
        ("2031-12-31;2030-12-31", "2031-12-31", ("certificate-count", "certificate_valid_to")),
        ("2030-12-31,139", "2030-02-30,139", ("date-malformed", "certificate_valid_to")),
        ("证1;证2", "证1;证1", ("code-duplicate", "certificate_no")),
        ("13912345678", "call me", ("code-malformed", "phone")),
        ("2031-01-01\n", "2025-01-01\n", ("dates-reversed", "status_to")),
        ("SC-01;SC-02", "SC 01", ("code-malformed", "item_codes")),
    ],
)
async def test_what_does_not_fit_is_refused(
    given: Given, superuser: AsyncEngine, key: Key, was: str, becomes: str, fault: tuple[str, str]
) -> None:
    csv = HEADER + FULL
    assert csv.count(was) == 1
    assert await refused(given, superuser, key, csv.replace(was, becomes)) == [fault]


async def test_only_the_officers_own_key_reads_the_phone(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    await upload(given, key, HEADER + FULL)
    other = FULL.replace("证1;证2", "证3;证4")
    await upload(given, key, HEADER + other, OTHER_DEPARTMENT)
    own = await given.officer_key(OFFICER)
    assert (await entry(http, own))["phone"] == "13912345678"
    colleague = await given.officer_key(f"{DEPARTMENT}-0002")
    assert (await entry(http, colleague))["phone"] == "139****5678"
    namesake = await given.key(
        department=OTHER_DEPARTMENT, sees=(DEPARTMENT, OTHER_DEPARTMENT), person=OFFICER
    )
    assert (await entry(http, namesake))["phone"] == "139****5678"
    assert (await entry(http, namesake, OFFICER, OTHER_DEPARTMENT))["phone"] == "13912345678"
    for path in ("inspectors", f"inspectors/{OFFICER}/versions"):
        address = f"/v1/registry/{path}"
        shown = await http.get(address, auth=key, params={"department": DEPARTMENT})
        assert "139****5678" in shown.text
        assert "13912345678" not in shown.text


@pytest.mark.parametrize("phone", ["139****5678", ""])
async def test_a_masked_or_empty_phone_says_nothing_new(
    http: httpx.AsyncClient, given: Given, key: Key, phone: str
) -> None:
    await upload(given, key, HEADER + FULL)
    again = FULL.replace("13912345678", phone)
    assert tallied(await upload(given, key, HEADER + again)) == (1, 0, 0, 1)
    assert (await entry(http, await given.officer_key(OFFICER)))["phone"] == "13912345678"


async def test_an_officer_stands_in_one_directory(
    given: Given, superuser: AsyncEngine, key: Key
) -> None:
    await upload(given, key, inspectors_csv(DEPARTMENT, 2))
    same = inspectors_csv(OTHER_DEPARTMENT, 2).replace(f"证{OTHER_DEPARTMENT}", f"证{DEPARTMENT}")
    alone = await given.key(department=OTHER_DEPARTMENT)
    assert (
        await refused(given, superuser, alone, same, OTHER_DEPARTMENT)
        == [("officer-listed-twice", "staff_no")] * 2
    )
    answer = await upload(given, alone, same, OTHER_DEPARTMENT)
    assert DEPARTMENT not in answer.text
    header, *people = inspectors_csv(DEPARTMENT, 2).splitlines()
    ended = "\n".join([header + ",status", *(f"{row},失效" for row in people)]) + "\n"
    await upload(given, key, ended)
    assert tallied(await upload(given, alone, same, OTHER_DEPARTMENT)) == (2, 2, 0, 0)


async def test_an_officer_stands_once_in_a_directory(
    given: Given, superuser: AsyncEngine, key: Key
) -> None:
    await upload(given, key, inspectors_csv(DEPARTMENT, 1))
    again = inspectors_csv(DEPARTMENT, 1).replace(OFFICER, f"{DEPARTMENT}-0009")
    assert await refused(given, superuser, key, again) == [("officer-listed-twice", "staff_no")]
    other = again.replace(f"证{DEPARTMENT}0001", "证9")
    assert tallied(await upload(given, key, other)) == (1, 1, 0, 0)


async def test_experts_and_third_parties_stand_apart_and_need_no_certificate(
    http: httpx.AsyncClient, given: Given, superuser: AsyncEngine, key: Key
) -> None:
    head = "staff_no,name,kind,certificate_no,certificate_valid_to,item_codes,qualifications\n"
    people = "Z1,专家一,专家,,,,药品检查员\nT1,检测员一,third_party,,,,\n"
    await upload(given, key, inspectors_csv(DEPARTMENT, 2))
    assert tallied(await upload(given, key, head + people)) == (2, 2, 0, 0)
    assert await listed(http, key, kind="expert") == ["Z1"]
    assert await listed(http, key, kind="third_party") == ["T1"]
    assert await listed(http, key, kind="officer") == [OFFICER, f"{DEPARTMENT}-0002"]
    officer = head + "E1,执法员,officer,,,SC-01,\n"
    assert await refused(given, superuser, key, officer) == [("name-missing", "certificate_no")]


async def test_who_can_never_be_drawn_is_listed_as_untagged(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    head = "staff_no,name,kind,certificate_no,certificate_valid_to,item_codes,qualifications\n"
    people = (
        "E1,执法员,officer,证1,2030-12-31,,药品检查员\n"
        "E2,执法员,officer,证2,2030-12-31,SC-01,\n"
        "E3,执法员,officer,证3,2030-12-31,,\n"
        "T1,检测员,third_party,,,,\n"
        "Z1,专家,expert,,,,药品检查员\n"
    )
    await upload(given, key, head + people)
    assert await listed(http, key) == ["E1", "E2", "E3", "T1", "Z1"]
    assert await listed(http, key, untagged=True) == ["E1", "E3", "T1"]


async def certificates(given: Given, key: Key, *people: tuple[str, str, str]) -> httpx.Response:
    """Upload (certificate, staff number, last day)."""
    body = "".join(f"{','.join(person)}\n" for person in people)
    return await given.upload(
        "/v1/registry/certificate-imports",
        key,
        "certificate_no,staff_no,certificate_valid_to\n" + body,
        department=DEPARTMENT,
        source="省司法厅",
    )


async def missing(http: httpx.AsyncClient, key: Key) -> list[str]:
    """Certificate numbers."""
    answer = await http.get(
        "/v1/registry/missing-inspectors", auth=key, params={"department": DEPARTMENT}
    )
    assert answer.status_code == 200, answer.text
    return [one["certificate_no"] for one in answer.json()["items"]]


async def test_certificate_holders_who_are_missing_are_listed(
    http: httpx.AsyncClient, given: Given, key: Key, superuser: AsyncEngine
) -> None:
    await upload(given, key, inspectors_csv(DEPARTMENT, 1))
    assert await missing(http, key) == []
    holders = [
        ("证90", OFFICER, "2099-12-31"),
        (f"证{DEPARTMENT}0001", "OTHER-NUMBER", "2099-12-31"),
        ("证91", f"{DEPARTMENT}-0002", "2099-12-31"),
        ("证92", f"{DEPARTMENT}-0003", "2020-12-31"),
    ]
    assert (await certificates(given, key, *holders)).status_code == 201
    assert await missing(http, key) == ["证91"]
    answer = await certificates(given, key, *holders, ("证93", "X-1", "2099-12-31"))
    assert answer.status_code == 201
    assert await missing(http, key) == ["证91", "证93"]
    await upload(given, key, inspectors_csv(DEPARTMENT, 1, first=2))
    assert await missing(http, key) == ["证93"]
    assert len(await rows(superuser, "SELECT 1 FROM openlot.certificate_holder")) == 9


async def test_a_list_of_holders_with_a_fault_changes_nothing(
    given: Given, key: Key, superuser: AsyncEngine
) -> None:
    before = await counts(superuser)
    answer = await certificates(
        given,
        key,
        ("证1", OFFICER, "2030-12-31"),
        ("证1", "X", ""),
        ("证2", NATIONAL_ID, "2030-1-1"),
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "import-refused")
    assert [(one["row"], one["code"]) for one in answer.json()["errors"]] == [
        (3, "code-duplicate"),
        (3, "code-malformed"),
        (4, "national-id"),
        (4, "date-malformed"),
    ]
    assert await counts(superuser) == before


async def test_other_departments_entries_are_out_of_sight(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    await upload(given, key, inspectors_csv(DEPARTMENT, 1))
    stranger = await given.key(department=OTHER_DEPARTMENT)
    for path in (
        "inspectors",
        f"inspectors/{OFFICER}",
        f"inspectors/{OFFICER}/versions",
        "missing-inspectors",
        "inspector-leaves",
    ):
        answer = await http.get(
            f"/v1/registry/{path}", auth=stranger, params={"department": DEPARTMENT}
        )
        assert (answer.status_code, answer.json()["code"]) == (403, "department-not-visible"), path
    unknown = await http.get(
        "/v1/registry/inspectors/nobody", auth=key, params={"department": DEPARTMENT}
    )
    assert (unknown.status_code, unknown.json()["code"]) == (404, "inspector-not-found")
