"""Inspection items for tests: one with every member, and the real ones."""

import json
from typing import Any

import httpx

from app.demo.layout import load_folder
from tests.factories import DEPARTMENT, Given, Key
from tests.registry.test_order_and_real_data import REAL

ITEMS = "/v1/registry/inspection-items"
OF_DEPARTMENT = {"department": DEPARTMENT}
READ_FROM_TEXTS = ("basis", "caps", "method_codes")


def detailed_item() -> dict[str, Any]:
    """An item with every member but a shared standard; what could be read from its texts is what
    they say."""
    return {
        "code": "SC-01",
        "name": "食品销售监督检查",
        "category": "key",
        "sub_items": [
            {"no": 1, "name": "许可情况", "lines": ["是否取得许可", "许可事项是否一致"]},
            {"no": 3, "name": "进货查验", "lines": []},
        ],
        "legal_basis": "《食品安全法》第一百一十条",
        "basis": [
            {"law": "食品安全法", "article": "第一百一十条", "valid_from": None, "valid_to": None}
        ],
        "duties": [
            {"kind": "duty-list", "number": "0132004000", "title": "对食品销售者的监督检查"}
        ],
        "checked_by": "县级以上市场监督管理部门",
        "objects": "食品销售者",
        "object_kinds": ["enterprise", "individual"],
        "ratio_text": "不低于3%",
        "frequency_text": "每年不超过2次",
        "caps": {
            "min_ratio": "0.03",
            "max_ratio": None,
            "min_per_year": None,
            "max_per_year": "2",
        },
        "methods": ["现场检查", "检验检测"],
        "method_codes": ["on_site", "testing"],
        "inspector_requirement": "需专业岗位资格",
        "qualifications": ["食品安全检查员"],
        "remark": "",
        "valid_from": "2026-01-01",
        "valid_to": "2028-12-31",
        "standard_of": None,
    }


def real_rows() -> list[dict[str, Any]]:
    """The 148 published rows as they are."""
    rows: list[dict[str, Any]] = json.loads((REAL / "items_real.json").read_text("utf-8"))["items"]
    return rows


def real_items() -> list[dict[str, Any]]:
    """The published rows as items of the API, rows of one item together, as the demo reads them."""
    made = []
    for entry in load_folder(REAL).items:
        texts: dict[str, Any] = dict(entry)
        method = texts.pop("method")
        del texts["department_name"]
        made.append({**texts, "methods": [method] if method else []})
    return made


async def shown(http: httpx.AsyncClient, key: Key, code: str, **params: str) -> dict[str, Any]:
    answer = await http.get(f"{ITEMS}/{code}", auth=key, params={**OF_DEPARTMENT, **params})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def kept(given: Given, key: Key, *items: dict[str, Any], of: str = DEPARTMENT) -> None:
    answer = await given.upload_items(key, list(items), of)
    assert answer.status_code == 201, answer.text


async def refusals(given: Given, key: Key, *items: dict[str, Any]) -> list[tuple[str, str]]:
    answer = await given.upload_items(key, list(items))
    assert answer.status_code == 422, answer.text
    return [(fault["code"], fault["pointer"]) for fault in answer.json()["errors"]]
