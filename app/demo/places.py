"""Where the sample plays: one county of Shaanxi, its neighbours, and the county's departments."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Division:
    """A row of GB/T 2260; `valid_from` is the year since which the code is in force."""

    code: str
    name: str
    full_name: str
    level: str
    parent_code: str
    valid_from: str


@dataclass(frozen=True, slots=True)
class Place:
    """A county with what names of firms there begin with, and its townships and subdistricts."""

    division: Division
    weight: int
    firm_prefixes: tuple[str, ...]
    branch_name: str
    townships: tuple[str, ...]

    @property
    def authority(self) -> str:
        """The registering authority of the county."""
        return f"{self.division.name}市场监督管理局"


@dataclass(frozen=True, slots=True)
class Department:
    """A node of the sample's tree of departments; `parent` is a code or empty."""

    code: str
    name: str
    parent: str
    level: str
    region_code: str


HOME_CODE = "610403"

_PROVINCE = Division("610000", "陕西省", "陕西省", "province", "", "1981")
_PREFECTURE = Division("610400", "咸阳市", "陕西省咸阳市", "prefecture", "610000", "1983")


def _county(code: str, name: str, valid_from: str) -> Division:
    full_name = _PREFECTURE.full_name + name
    return Division(code, name, full_name, "county", _PREFECTURE.code, valid_from)


PLACES = (
    Place(
        _county("610402", "秦都区", "1983"),
        13,
        ("咸阳", "咸阳", "咸阳市", "陕西"),
        "咸阳秦都",
        ("人民路街道", "西兰路街道", "吴家堡街道", "古渡街道", "陈杨寨街道"),
    ),
    Place(
        _county(HOME_CODE, "杨陵区", "1983"),
        60,
        ("杨凌", "杨凌", "杨凌", "陕西", "咸阳"),
        "杨凌",
        ("杨陵街道", "李台街道", "大寨街道", "五泉镇", "揉谷镇"),
    ),
    Place(
        _county("610404", "渭城区", "1986"),
        9,
        ("咸阳", "咸阳", "咸阳市", "陕西"),
        "咸阳渭城",
        ("中山街道", "文汇路街道", "新兴街道", "渭阳街道", "底张街道"),
    ),
    Place(
        _county("610431", "武功县", "1983"),
        9,
        ("武功县", "武功县", "陕西", "咸阳"),
        "武功",
        ("普集街道", "小村镇", "贞元镇", "长宁镇", "武功镇"),
    ),
    Place(
        _county("610481", "兴平市", "1993"),
        9,
        ("兴平市", "兴平市", "陕西", "咸阳"),
        "兴平",
        ("东城街道", "西城街道", "店张街道", "马嵬街道", "赵村镇"),
    ),
)

DIVISIONS = (_PROVINCE, _PREFECTURE, *(place.division for place in PLACES))

HOME = next(place for place in PLACES if place.division.code == HOME_CODE)

JOINT_OFFICE_CODE = f"{HOME_CODE}-LXB"
MARKET_CODE = f"{HOME_CODE}-SCJG"
EMERGENCY_CODE = f"{HOME_CODE}-YJGL"


def township_stem(township: str) -> str:
    """Return the name of a township without 镇 or 街道."""
    return township.removesuffix("街道").removesuffix("镇")


def station_of(township: str) -> str:
    """Return the name of the market supervision station of a township."""
    return f"{township_stem(township)}市场监管所"


def _departments() -> tuple[Department, ...]:
    def county(code: str, name: str, parent: str) -> Department:
        return Department(code, HOME.division.name + name, parent, "county", HOME_CODE)

    stations = (
        Department(
            f"{MARKET_CODE}-{number:02}", station_of(township), MARKET_CODE, "township", HOME_CODE
        )
        for number, township in enumerate(HOME.townships, start=1)
    )
    return (
        county(JOINT_OFFICE_CODE, "“双随机、一公开”监管联席会议办公室", ""),
        county(MARKET_CODE, "市场监督管理局", JOINT_OFFICE_CODE),
        county(f"{MARKET_CODE}-ZFDD", "市场监管综合行政执法大队", MARKET_CODE),
        *stations,
        county(EMERGENCY_CODE, "应急管理局", JOINT_OFFICE_CODE),
        county(f"{EMERGENCY_CODE}-ZFDD", "应急管理综合行政执法大队", EMERGENCY_CODE),
    )


DEPARTMENTS = _departments()
