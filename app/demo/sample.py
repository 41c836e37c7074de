"""Writes the sample folder: everything in it is generated, no row names a real firm or person."""

import csv
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path

from app.demo.checklist import inspection_item_rows
from app.demo.firms import SOURCE, generate_firms
from app.demo.places import DEPARTMENTS, DIVISIONS, HOME
from app.demo.staff import COLUMNS as INSPECTOR_COLUMNS
from app.demo.staff import generate_inspectors
from app.demo.trades import INDUSTRIES

OBJECT_COLUMNS = (
    "uscc",
    "name",
    "object_class",
    "ent_type",
    "ent_type_basis",
    "region_code",
    "region_name",
    "region_basis",
    "industry_code",
    "industry_name",
    "industry_basis",
    "established",
    "status",
    "reg_authority",
    "jurisdiction_unit",
    "source",
)
DIVISION_COLUMNS = (
    "code",
    "name",
    "full_name",
    "level",
    "parent_code",
    "status",
    "valid_from",
    "valid_to",
    "successor_codes",
)
INDUSTRY_COLUMNS = ("code", "name", "level", "parent_code", "section_code")

DEFAULT_SEED = "openlot-sample/1"
DEFAULT_DAY = date(2026, 1, 1)

_NOTE = "Generated sample: no row describes a real firm, person, inspection list or department."
_CREDIT_SHARES = (("A", 40), ("B", 40), ("C", 15), ("D", 5))


def write_sample(
    folder: Path,
    *,
    objects: int = 5000,
    seed: str = DEFAULT_SEED,
    today: date = DEFAULT_DAY,
) -> None:
    """Write the sample files into a folder, which is made if absent; files there are replaced.

    The bytes follow from the arguments alone. `today` bounds the dates of foundation and is the
    day from which certificates of inspectors run out. Fewer objects are the first of more objects.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _write_csv(folder / "objects.csv", OBJECT_COLUMNS, generate_firms(objects, seed, today))
    _write_csv(folder / "divisions.csv", DIVISION_COLUMNS, _division_rows())
    _write_csv(folder / "industries.csv", INDUSTRY_COLUMNS, map(asdict, INDUSTRIES))
    _write_csv(folder / "inspectors.csv", INSPECTOR_COLUMNS, generate_inspectors(seed, today))
    _write_json(folder / "items.json", _item_list(today.year))
    _write_json(
        folder / "departments.json",
        {"note": _NOTE, "departments": [asdict(department) for department in DEPARTMENTS]},
    )


def credit_classes(codes: Iterable[str], seed: str) -> Iterator[tuple[str, str]]:
    """Yield (code, class) in the order given: A 40 %, B 40 %, C 15 %, D 5 %, by hash alone.

    The class of a code is a function of seed and code: SHA-256(seed + "|" + code). Codes of
    individual businesses (leading digits 92) get "U", unclassified (未分类). The classes are made
    up also where the codes are those of real firms: never show one as the rating of a firm.
    """
    for code in codes:
        yield code, "U" if code.startswith("92") else _credit_class(code, seed)


def _credit_class(code: str, seed: str) -> str:
    digest = hashlib.sha256(f"{seed}|{code}".encode()).digest()
    # 64 bits make the bias of the remainder smaller than any share that could be counted.
    point = int.from_bytes(digest[:8], "big") % 100
    for letter, share in _CREDIT_SHARES:
        if point < share:
            return letter
        point -= share
    raise AssertionError("the shares add up to 100")


def _division_rows() -> Iterator[dict[str, str]]:
    for division in DIVISIONS:
        yield asdict(division) | {"status": "current", "valid_to": "", "successor_codes": ""}


def _item_list(year: int) -> dict[str, object]:
    issuer = f"{HOME.division.name}市场监督管理局、应急管理局（样例）"
    source = {
        "url": "",
        "title": f"{HOME.division.name}随机抽查事项清单（样例）",
        "region": HOME.division.full_name,
        "issuer": issuer,
        "year": year,
        "mirror": False,
    }
    items = inspection_item_rows(SOURCE, issuer, year)
    return {"note": _NOTE, "sources": {SOURCE: source}, "items": items}


def _write_csv(path: Path, columns: Sequence[str], rows: Iterable[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _write_json(path: Path, value: object) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=1) + "\n"
    path.write_bytes(text.encode())
