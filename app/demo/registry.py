"""Chapter one of the demo: the registry is filled through the API."""

import csv
from collections import Counter
from dataclasses import dataclass
from typing import Any

from app.demo.layout import DepartmentEntry, InspectionItemEntry, Layout
from app.demo.sample import credit_classes
from app.demo.service import Client
from app.demo.story import Story

CLASS_SEED = "openlot-demo-classes/1"
TOP_INDUSTRIES = 5


@dataclass(frozen=True, slots=True)
class Scope:
    """What the plan line of the demo covers, chosen from the data at hand."""

    department: str
    item: str
    region: str
    industries: list[str]


def market_department(departments: list[DepartmentEntry]) -> DepartmentEntry:
    """The department of market regulation, which keeps the directory of the demo."""
    for word in ("市场监督管理", "市场监管", "工商行政管理", "工商"):
        for department in departments:
            if word in department["name"]:
                return department
    return departments[0]


def fill(client: Client, layout: Layout, department: str, story: Story) -> Scope:
    """Import departments, code tables, objects, classes and items; say what came in."""
    client.post(
        "/v1/registry/department-imports",
        {"departments": [_department(entry) for entry in layout.departments]},
    )
    for name, path in (
        ("division", layout.divisions_path),
        ("industry", layout.industries_path),
    ):
        kept = client.upload(f"/v1/registry/{name}-imports", path.read_bytes(), source=path.name)
        zh = "行政区划代码" if name == "division" else "行业代码"
        story.tell(f"{zh} {kept['rows']:,} 行", f"{kept['rows']:,} {name} codes")
    _objects(client, layout, department, story)
    item = _items(client, layout.items, department, story)
    region, industries = _busiest(layout)
    return Scope(department, item, region, industries)


def _department(entry: DepartmentEntry) -> dict[str, Any]:
    return {
        "code": entry["code"],
        "name": entry["name"],
        "parent": entry["parent"] or None,
        "level": entry["level"],
        "region_code": entry["region_code"] or None,
    }


def _objects(client: Client, layout: Layout, department: str, story: Story) -> None:
    kept = client.upload(
        "/v1/registry/object-imports",
        layout.objects_path.read_bytes(),
        department=department,
        source=layout.objects_path.name,
    )
    story.tell(
        f"检查对象 {kept['rows']:,} 户，校验位、区划、行业逐行核对，错误 0",
        f"{kept['rows']:,} inspected objects; check digits, regions and industries checked "
        "row by row, 0 faults",
    )
    with layout.objects_path.open(encoding="utf-8", newline="") as file:
        codes = [row["uscc"] for row in csv.DictReader(file)]
    lines = (f"{code},{kind}\n" for code, kind in credit_classes(codes, CLASS_SEED))
    client.upload(
        "/v1/registry/credit-class-imports",
        ("uscc,credit_class\n" + "".join(lines)).encode(),
        department=department,
        source=f"generated from {CLASS_SEED}",
        valid_from="2026-01-01",
    )
    story.tell(
        "信用风险分类为演示生成（固定种子），并非真实评定；个体工商户为 U 未分类",
        "credit-risk classes are generated from a fixed seed for this demo, they are not real "
        "ratings; individual businesses are U, not classified",
    )


def _items(client: Client, items: list[InspectionItemEntry], department: str, story: Story) -> str:
    written = [_item(item) for item in items]
    body = {"department_code": department, "source": "items", "items": written}
    kept = client.post("/v1/registry/inspection-item-imports", body)
    rows = sum(len(item["sub_items"]) for item in items)
    story.tell(
        f"抽查事项 {kept['rows']} 项（子项 {rows} 行）",
        f"{kept['rows']} inspection items ({rows} sub-item rows)",
    )
    return str(written[0]["code"])


def _item(item: InspectionItemEntry) -> dict[str, Any]:
    texts = dict(item)
    method = str(texts.pop("method"))
    texts.pop("department_name")
    return {**texts, "methods": [method] if method else []}


def _busiest(layout: Layout) -> tuple[str, list[str]]:
    """The province with most objects and its commonest industries."""
    with layout.objects_path.open(encoding="utf-8", newline="") as file:
        rows = [(row["region_code"], row["industry_code"]) for row in csv.DictReader(file)]
    province = Counter(region[:2] for region, _ in rows).most_common(1)[0][0]
    industries = Counter(code for region, code in rows if region[:2] == province and code)
    top = sorted(industries, key=lambda code: (-industries[code], code))[:TOP_INDUSTRIES]
    return f"{province}0000", sorted(top)
