"""Files of a million inspected objects: rows of real shape under codes that nobody has."""

import csv
import itertools
import time
from collections.abc import Iterator
from pathlib import Path

from stdnum.cn import uscc

from app.bench.child import Told

REAL = Path(__file__).parents[3] / "shared" / "data"
"""A register beside the project; where there is none, rows of the same columns stand in."""
TABLES = ("divisions.csv", "industries.csv")
CHANGED = 50
"""Every so-many-th row of the second feed has another name: 2 %."""
STAND_IN = {
    "objects_real_50k.csv": (
        "uscc,name,object_class,ent_type,region_code,industry_code,established,status,"
        "reg_authority,jurisdiction_unit,source\n"
        "91610403,杨陵区某某商贸有限责任公司,企业,有限责任公司(自然人投资或控股),610403,52,2019-05-06,"
        "存续,杨陵区市场监督管理局,杨陵街道市场监管所,登记注册库\n"
        "93610403,杨陵区某某果蔬农民专业合作社,农专社,农民专业合作社,610403,51,2015-11-30,"
        "注销,杨陵区市场监督管理局,,登记注册库\n"
    ),
    "divisions.csv": (
        "code,name,full_name,level,parent_code,status,valid_from,valid_to,successor_codes\n"
        "610403,杨陵区,陕西省咸阳市杨陵区,county,610400,current,1982,,\n"
    ),
    "industries.csv": (
        "code,name,level,parent_code,section_code\n51,批发业,division,F,F\n52,零售业,division,F,F\n"
    ),
}
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_SERIALS = len(_ALPHABET) ** 6
_SCATTER = 2654435761  # a prime: codes of neighbouring rows lie far apart, as in a real file


def write_files(folder: Path, *, rows: int) -> Told:
    """objects.csv; feed.csv, the same with 2 % of the names changed; and the code tables."""
    started = time.perf_counter()
    source = _source(folder)
    for name in TABLES:
        (folder / name).write_bytes((source / name).read_bytes())
    with (
        (folder / "objects.csv").open("w", encoding="utf-8", newline="") as first,
        (folder / "feed.csv").open("w", encoding="utf-8", newline="") as second,
    ):
        one, other = (csv.writer(file, lineterminator="\n") for file in (first, second))
        for number, row in enumerate(_rows(source, rows)):
            one.writerow(row)
            if number and number % CHANGED == 0:
                row[1] += "（更名）"
            other.writerow(row)
    return {"seconds": time.perf_counter() - started, "real": source == REAL}


def changed(rows: int) -> int:
    """Rows of the second feed that differ."""
    return rows // CHANGED


def _source(folder: Path) -> Path:
    """A folder with objects and code tables."""
    if REAL.is_dir():
        return REAL
    made = folder / "stand-in"
    made.mkdir()
    for name, text in STAND_IN.items():
        (made / name).write_text(text, encoding="utf-8")
    return made


def _rows(source: Path, count: int) -> Iterator[list[str]]:
    """The header, then `count` rows; the columns are those of the source."""
    with (source / "objects_real_50k.csv").open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    yield header
    for number, row in enumerate(itertools.islice(itertools.cycle(rows), count)):
        yield [_code(row[0], number), *row[1:]]


def _code(real: str, number: int) -> str:
    """A valid code that begins as the real one does."""
    serial, left = "", number * _SCATTER % _SERIALS
    for _ in range(6):
        left, place = divmod(left, len(_ALPHABET))
        serial += _ALPHABET[place]
    body = f"{real[:8]}WY{serial}0"
    return body + str(uscc.calc_check_digit(body))
