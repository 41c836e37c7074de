"""The first chapter of the demo: the registry is filled through the API."""

import csv
import io
import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from app.demo import calendar
from app.demo.layout import DepartmentEntry, InspectionItemEntry, Layout
from app.demo.sample import credit_classes
from app.demo.service import Client
from app.demo.story import Story

CLASS_SEED = "openlot-demo-classes/1"
TOP_INDUSTRIES = 2
OFFICERS = 60
MARKET = ("市场监督管理", "市场监管", "工商行政管理")
EMERGENCY = ("应急管理", "安全生产监督", "安全生产")


@dataclass(frozen=True, slots=True)
class Scope:
    """What the joint plan line of the demo covers, chosen from the data at hand. `items` are one
    inspection item of each department, the lead department first."""

    items: list[tuple[str, str]]
    region: str
    industries: list[str]

    @property
    def departments(self) -> list[str]:
        return [department for department, _ in self.items]


def find_department(entries: list[DepartmentEntry], words: tuple[str, ...]) -> DepartmentEntry:
    """The first department whose name holds one of the words, tried in their order."""
    for word in words:
        for entry in entries:
            if word in entry["name"]:
                return entry
    return entries[0]


def fill(client: Client, layout: Layout, story: Story) -> Scope:
    """Import departments, code tables, calendar, objects, classes, items and inspectors."""
    lead = find_department(layout.departments, MARKET)["code"]
    partner = find_department(layout.departments, EMERGENCY)["code"]
    departments = [_department(entry) for entry in layout.departments]
    client.post("/v1/registry/department-imports", {"departments": departments})
    _codes(client, layout, story)
    _calendar(client, layout, story)
    _objects(client, layout, lead, story)
    items = _items(client, layout.items, lead, partner, story)
    for (department, item), number in zip(items, (0, OFFICERS), strict=True):
        _inspectors(client, layout, department, item, number, story)
    region, industries = _busiest(layout)
    return Scope(items, region, industries)


def _department(entry: DepartmentEntry) -> dict[str, Any]:
    return {
        "code": entry["code"],
        "name": entry["name"],
        "parent": entry["parent"] or None,
        "level": entry["level"],
        "region_code": entry["region_code"] or None,
    }


def _codes(client: Client, layout: Layout, story: Story) -> None:
    for name, zh, path in (
        ("division", "行政区划代码", layout.divisions_path),
        ("industry", "行业代码", layout.industries_path),
    ):
        kept = client.upload(f"/v1/registry/{name}-imports", path.read_bytes(), source=path.name)
        story.tell(f"{zh} {kept['rows']:,} 行", f"{kept['rows']:,} {name} codes")


def _calendar(client: Client, layout: Layout, story: Story) -> None:
    notices = [calendar.notice()]
    if layout.holidays_path is not None:
        notices = _notices(json.loads(layout.holidays_path.read_text(encoding="utf-8")))
    for notice in notices:
        client.post("/v1/rules/calendar-imports", notice)
    years = " … ".join(str(year) for year in sorted({notices[0]["year"], notices[-1]["year"]}))
    story.tell(
        f"节假日安排（国务院办公厅通知）{years} 年",
        f"holidays and make-up working days (State Council notices) of {years}",
    )


def _notices(data: dict[str, Any]) -> list[dict[str, Any]]:
    """The days of a holidays file, a notice for each year."""
    by_year: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for day in data["days"]:
        kept = {name: day[name] for name in ("date", "is_off_day", "name")}
        by_year[day["source_year"]].append(kept)
    return [
        {"year": year, "source": data["papers"][str(year)][0], "days": days}
        for year, days in sorted(by_year.items())
    ]


def _objects(client: Client, layout: Layout, department: str, story: Story) -> None:
    kept = client.upload(
        "/v1/registry/object-imports",
        layout.objects_path.read_bytes(),
        department=department,
        source=layout.objects_path.name,
    )
    story.tell(
        f"检查对象 {kept['rows']:,} 户，校验位、区划、行业逐行核对，错误 0 处",
        f"{kept['rows']:,} inspected objects; check digits, regions and industries checked "
        "row by row, 0 faults",
    )
    codes = [row["uscc"] for row in _rows(layout)]
    lines = (f"{code},{kind}\n" for code, kind in credit_classes(codes, CLASS_SEED))
    client.upload(
        "/v1/registry/credit-class-imports",
        ("uscc,credit_class\n" + "".join(lines)).encode(),
        department=department,
        source=f"generated from {CLASS_SEED}",
        valid_from="2026-01-01",
    )
    story.tell(
        "信用风险分类为演示生成（固定种子），并非真实评定；个体工商户为 U（未分类）",
        "credit-risk classes are generated from a fixed seed for this demo, they are not real "
        "ratings; individual businesses are U, not classified",
    )


def _items(
    client: Client, items: list[InspectionItemEntry], lead: str, partner: str, story: Story
) -> list[tuple[str, str]]:
    """Import the lists of both departments; the first item of each is what will be checked."""
    theirs = [item for item in items if any(w in item["department_name"] for w in EMERGENCY)]
    ours = [item for item in items if item not in theirs]
    chosen = []
    for department, listed in ((lead, ours), (partner, theirs)):
        body = {
            "department_code": department,
            "source": "items",
            "items": [_item(item) for item in listed],
        }
        client.post("/v1/registry/inspection-item-imports", body)
        client.post("/v1/registry/inspection-item-publications", {"department_code": department})
        chosen.append((department, listed[0]["code"]))
    rows = sum(len(item["sub_items"]) for item in items)
    story.tell(
        f"抽查事项 {len(items)} 项（子项 {rows} 行），分属两个部门，均已公示",
        f"{len(items)} inspection items ({rows} sub-item rows) of two departments, published",
    )
    return chosen


def _item(item: InspectionItemEntry) -> dict[str, Any]:
    texts: dict[str, Any] = dict(item)
    method = texts.pop("method")
    texts.pop("department_name")
    return {**texts, "methods": [method] if method else []}


def _inspectors(
    client: Client, layout: Layout, department: str, item: str, number: int, story: Story
) -> None:
    """The officers of the data folder, or generated ones: real directories are personal data."""
    content = (
        layout.inspectors_path.read_bytes()
        if layout.inspectors_path is not None
        else _generated(department, item, number)
    )
    kept = client.upload(
        "/v1/registry/inspector-imports", content, department=department, source="generated"
    )
    story.tell(
        f"执法检查人员 {kept['rows']} 名（{department}，为演示生成），部分证件在检查期限内到期",
        f"{kept['rows']} inspectors of {department}, generated for this demo; some certificates "
        "expire inside the window",
    )


def _generated(department: str, item: str, number: int) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("staff_no", "name", "certificate_no", "certificate_valid_to", "item_codes"))
    today = date.today()  # noqa: DTZ011 -- certificates count from the demo's own day
    for n in range(number + 1, number + OFFICERS + 1):
        valid_to = today + timedelta(days=20 if n % 10 == 0 else 900)
        staff_no = f"{department}-{n:04d}"
        writer.writerow((staff_no, f"执法员{n:04d}", f"YB-{n:04d}", valid_to.isoformat(), item))
    return text.getvalue().encode()


def _rows(layout: Layout) -> list[dict[str, str]]:
    with layout.objects_path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _busiest(layout: Layout) -> tuple[str, list[str]]:
    """The prefecture with most objects and its commonest industries."""
    rows = [(row["region_code"], row["industry_code"]) for row in _rows(layout)]
    prefecture = Counter(region[:4] for region, _ in rows).most_common(1)[0][0]
    industries = Counter(code for region, code in rows if region[:4] == prefecture and code)
    top = sorted(industries, key=lambda code: (-industries[code], code))[:TOP_INDUSTRIES]
    return f"{prefecture}00", sorted(top)
