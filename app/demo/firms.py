"""Inspected objects of the sample: firms, shops and cooperatives that do not exist."""

from collections.abc import Iterator
from datetime import date, timedelta

from app.demo.places import HOME_CODE, PLACES, Place, station_of, township_stem
from app.demo.stream import Stream
from app.demo.trades import TRADES, Trade
from app.demo.uscc import generate_uscc
from app.demo.words import FOREIGN_PARENTS, choose_brand

SOURCE = "openlot-sample"

ENTERPRISE = "企业"
INDIVIDUAL = "个体户"
COOPERATIVE = "农专社"
FOREIGN_OFFICE = "外企代表机构"

_CLASSES = ((INDIVIDUAL, 550), (ENTERPRISE, 410), (COOPERATIVE, 37), (FOREIGN_OFFICE, 3))
_CODE_KINDS = {INDIVIDUAL: "92", ENTERPRISE: "91", COOPERATIVE: "93", FOREIGN_OFFICE: "91"}
_STATUSES = (("存续", 980), ("注销", 13), ("吊销", 7))

_LIMITED = "有限责任公司"
_BRANCH = "有限责任公司分公司"
_STOCK = "股份有限公司"
_SOLE = "个人独资企业"
_PARTNERSHIP = "普通合伙企业"
_LIMITED_PARTNERSHIP = "有限合伙企业"
_ENTERPRISE_TYPES = (
    (_LIMITED, 790),
    (_BRANCH, 100),
    (_SOLE, 60),
    (_STOCK, 20),
    (_PARTNERSHIP, 20),
    (_LIMITED_PARTNERSHIP, 10),
)
# A type that is unusual in a line of business would give odd names there.
_LIMITED_PARTNERSHIP_CODES = ("72", "75")
_STOCK_SECTIONS = ("A", "C", "E", "I", "M")

# No firm is founded before: companies under the Company Law of 1993, cooperatives under their law
# of 2006; the other two days only keep the sample young.
_FIRST_DAYS = {
    INDIVIDUAL: date(1998, 1, 1),
    ENTERPRISE: date(1994, 7, 1),
    COOPERATIVE: date(2007, 7, 1),
    FOREIGN_OFFICE: date(2000, 1, 1),
}
_NAME_TRIES = 12

_SHOP_TRADES = [(trade, trade.shops[0]) for trade in TRADES]
_FIRM_TRADES = [(trade, trade.firms[0]) for trade in TRADES]
_COOP_TRADES = [(trade, trade.coops[0]) for trade in TRADES]
_OFFICE_TRADE = next(trade for trade in TRADES if trade.code == "72")
_WEIGHTED_PLACES = [(place, place.weight) for place in PLACES]

Row = dict[str, str]


def generate_firms(count: int, seed: str, today: date) -> Iterator[Row]:
    """Yield `count` rows; fewer rows of the same seed and day are the first of more rows."""
    codes: set[str] = set()
    names: set[str] = set()
    for number in range(count):
        yield _firm(Stream(f"{seed}|object|{number}"), today, codes, names)


def _firm(stream: Stream, today: date, codes: set[str], names: set[str]) -> Row:
    object_class = stream.weighted(_CLASSES)
    place = stream.weighted(_WEIGHTED_PLACES)
    township = stream.choose(place.townships)
    # Namesakes are rare in one county; after some tries the name stays as it is.
    for _ in range(_NAME_TRIES):
        trade, name, ent_type = _named(stream, object_class, place, township)
        if name not in names:
            break
    names.add(name)
    code = generate_uscc(stream, _CODE_KINDS[object_class], place.division.code)
    while code in codes:
        code = generate_uscc(stream, _CODE_KINDS[object_class], place.division.code)
    codes.add(code)
    return {
        "uscc": code,
        "name": name,
        "object_class": object_class,
        "ent_type": ent_type,
        "ent_type_basis": "given",
        "region_code": place.division.code,
        "region_name": place.division.full_name,
        "region_basis": "uscc",
        "industry_code": trade.code,
        "industry_name": trade.name,
        "industry_basis": "given",
        "established": _founded(stream, _FIRST_DAYS[object_class], today).isoformat(),
        "status": stream.weighted(_STATUSES),
        "reg_authority": place.authority,
        "jurisdiction_unit": station_of(township),
        "source": SOURCE,
    }


def _founded(stream: Stream, first: date, today: date) -> date:
    """Return a day before today; of two days the later, since young firms are more."""
    days = max((today - first).days, 1)
    return first + timedelta(days=max(stream.below(days), stream.below(days)))


def _named(
    stream: Stream, object_class: str, place: Place, township: str
) -> tuple[Trade, str, str]:
    """Return trade, name and type of one firm."""
    if object_class == INDIVIDUAL:
        trade = stream.weighted(_SHOP_TRADES)
        return trade, _shop_name(stream, trade, place, township), "个体工商户"
    if object_class == COOPERATIVE:
        trade = stream.weighted(_COOP_TRADES)
        return trade, _coop_name(stream, trade, place, township), "农民专业合作社"
    if object_class == FOREIGN_OFFICE:
        country, ending = stream.choose(FOREIGN_PARENTS)
        name = f"{country}{choose_brand(stream, 'plain', 1000)}{ending}{_town(place)}代表处"
        return _OFFICE_TRADE, name, "外国（地区）企业常驻代表机构"
    trade = stream.weighted(_FIRM_TRADES)
    ent_type = stream.weighted(_ENTERPRISE_TYPES)
    return _enterprise(stream, trade, ent_type, place, township)


def _town(place: Place) -> str:
    return "杨凌" if place.division.code == HOME_CODE else "咸阳"


def _locality(stream: Stream, place: Place, township: str, per_mille: int) -> str:
    """Return the county, in so many of 1000 cases with a rural township after it."""
    if township.endswith("镇") and stream.chance(per_mille):
        return place.division.name + township
    return place.division.name


def _shop_name(stream: Stream, trade: Trade, place: Place, township: str) -> str:
    brand = choose_brand(stream, trade.style, 450)
    return _locality(stream, place, township, 300) + brand + stream.choose(trade.shops[1].split())


def _coop_name(stream: Stream, trade: Trade, place: Place, township: str) -> str:
    brand = choose_brand(stream, trade.style, 350)
    ending = "农民专业合作社" if stream.chance(250) else "专业合作社"
    core = stream.choose(trade.coops[1].split())
    return _locality(stream, place, township, 350) + brand + core + ending


def _enterprise(
    stream: Stream, trade: Trade, ent_type: str, place: Place, township: str
) -> tuple[Trade, str, str]:
    """Return trade, name and type; a type that does not suit the trade becomes a limited firm."""
    brand = choose_brand(stream, trade.style, 550)
    core = stream.choose(trade.firms[1].split())
    prefix = stream.choose(place.firm_prefixes)
    if ent_type in {_SOLE, _PARTNERSHIP} and trade.shops[1]:
        name = _shop_name(stream, trade, place, township)
        return trade, name + ("（普通合伙）" if ent_type == _PARTNERSHIP else ""), ent_type
    if ent_type == _LIMITED_PARTNERSHIP and trade.code in _LIMITED_PARTNERSHIP_CODES:
        return trade, f"{prefix}{brand}企业管理合伙企业（有限合伙）", ent_type
    if ent_type == _BRANCH:
        parent = stream.choose(("陕西", "陕西", "西安", "西安市"))
        branch = f"{township_stem(township)}店" if trade.chain else "分公司"
        return trade, f"{parent}{brand}{core}有限公司{place.branch_name}{branch}", ent_type
    if ent_type == _STOCK and trade.section_code in _STOCK_SECTIONS:
        return trade, f"{prefix}{brand}{core}股份有限公司", ent_type
    ending = "有限责任公司" if stream.chance(120) else "有限公司"
    return trade, f"{prefix}{brand}{core}{ending}", _LIMITED
