"""The sample's inspection items (抽查事项清单): written for the sample, resting on real laws."""

from dataclasses import dataclass

from app.demo.places import EMERGENCY_CODE, HOME, MARKET_CODE

GENERAL = "一般检查事项"
KEY = "重点检查事项"


@dataclass(frozen=True, slots=True)
class Frequency:
    """How often, in words and as read from them: operator and times a year, or None."""

    text: str
    parsed: tuple[str, int] | None


@dataclass(frozen=True, slots=True)
class Ratio:
    """What share is inspected, in words and as read from them: operator and share, or None."""

    text: str
    parsed: tuple[str, float] | None


@dataclass(frozen=True, slots=True)
class SubItem:
    """One row of an inspection item: what is looked at, and at whom."""

    name: str
    objects: str


@dataclass(frozen=True, slots=True)
class InspectionItem:
    """An inspection item; `qualification` is what an inspector must hold, or empty."""

    code: str
    department_code: str
    name: str
    item_class: str
    legal_basis: str
    ratio: Ratio
    frequency: Frequency
    method: str
    sub_items: tuple[SubItem, ...]
    qualification: str = ""
    remark: str = ""


FOOD = "食品安全检查员"
DRUGS = "药品检查员"
EQUIPMENT = "特种设备安全监察员"
CHEMICALS = "危险化学品安全监管"
INDUSTRY = "工贸行业安全监管"

_ONCE = Frequency("每年1次", ("equal", 1))
_AT_LEAST_ONCE = Frequency("每年不少于1次", ("at_least", 1))
_AT_MOST_TWICE = Frequency("每年不超过2次", ("at_most", 2))
_AS_NEEDED = Frequency("根据实际情况确定", None)

_AT_LEAST_3_PERCENT = Ratio("不低于3%", ("at_least", 0.03))
_AT_LEAST_5_PERCENT = Ratio("不低于5%", ("at_least", 0.05))
_AT_LEAST_10_PERCENT = Ratio("不低于10%", ("at_least", 0.1))
_AT_LEAST_20_PERCENT = Ratio("不低于20%", ("at_least", 0.2))
_BY_PLAN = Ratio("按年度抽查工作计划确定", None)
_BY_RISK = Ratio("结合企业信用风险分类结果确定", None)

INSPECTION_ITEMS = (
    InspectionItem(
        code="SCJG-01",
        department_code=MARKET_CODE,
        name="登记事项检查",
        item_class=GENERAL,
        legal_basis="《中华人民共和国市场主体登记管理条例》第三十八条",
        ratio=_BY_RISK,
        frequency=_AT_LEAST_ONCE,
        method="书面检查、现场检查",
        sub_items=(
            SubItem("企业登记事项的检查", "企业"),
            SubItem("个体工商户登记事项的检查", "个体工商户"),
            SubItem("农民专业合作社登记事项的检查", "农民专业合作社"),
            SubItem("外国企业常驻代表机构登记事项的检查", "外国企业常驻代表机构"),
        ),
    ),
    InspectionItem(
        code="SCJG-02",
        department_code=MARKET_CODE,
        name="公示信息检查",
        item_class=GENERAL,
        legal_basis="《企业信息公示暂行条例》第十四条；《企业公示信息抽查暂行办法》第四条",
        ratio=_AT_LEAST_3_PERCENT,
        frequency=_ONCE,
        method="书面检查、现场检查、网络监测",
        sub_items=(
            SubItem("年度报告公示信息的检查", "企业、农民专业合作社"),
            SubItem("即时公示信息的检查", "企业"),
        ),
        remark="按信用风险分类差异化确定各类企业抽查比例",
    ),
    InspectionItem(
        code="SCJG-03",
        department_code=MARKET_CODE,
        name="食品生产监督检查",
        item_class=KEY,
        legal_basis="《中华人民共和国食品安全法》第一百零九条、第一百一十条；"
        "《食品生产经营监督检查管理办法》",
        ratio=_AT_LEAST_20_PERCENT,
        frequency=_AT_LEAST_ONCE,
        method="现场检查",
        sub_items=(
            SubItem("获证食品生产企业的监督检查", "食品生产企业"),
            SubItem("食品小作坊的监督检查", "食品小作坊"),
        ),
        qualification=FOOD,
    ),
    InspectionItem(
        code="SCJG-04",
        department_code=MARKET_CODE,
        name="食品销售监督检查",
        item_class=KEY,
        legal_basis="《中华人民共和国食品安全法》第一百一十条；《食品生产经营监督检查管理办法》",
        ratio=_AT_LEAST_10_PERCENT,
        frequency=_AT_LEAST_ONCE,
        method="现场检查",
        sub_items=(
            SubItem("食品销售者的监督检查", "食品销售者"),
            SubItem("校园周边食品销售者的监督检查", "校园周边食品销售者"),
            SubItem("特殊食品销售者的监督检查", "保健食品、婴幼儿配方食品等特殊食品销售者"),
        ),
        qualification=FOOD,
    ),
    InspectionItem(
        code="SCJG-05",
        department_code=MARKET_CODE,
        name="餐饮服务监督检查",
        item_class=KEY,
        legal_basis="《中华人民共和国食品安全法》第一百一十条；《食品生产经营监督检查管理办法》",
        ratio=_AT_LEAST_10_PERCENT,
        frequency=_AT_MOST_TWICE,
        method="现场检查、检验检测",
        sub_items=(
            SubItem("餐饮服务提供者的监督检查", "餐饮服务提供者"),
            SubItem("单位食堂的监督检查", "学校、幼儿园等单位食堂"),
        ),
        qualification=FOOD,
    ),
    InspectionItem(
        code="SCJG-06",
        department_code=MARKET_CODE,
        name="药品经营使用监督检查",
        item_class=KEY,
        legal_basis="《中华人民共和国药品管理法》第九十九条",
        ratio=_AT_LEAST_20_PERCENT,
        frequency=_AT_LEAST_ONCE,
        method="现场检查",
        sub_items=(
            SubItem("药品零售企业的监督检查", "药品零售企业"),
            SubItem("医疗机构药品使用质量的监督检查", "医疗机构"),
        ),
        qualification=DRUGS,
    ),
    InspectionItem(
        code="SCJG-07",
        department_code=MARKET_CODE,
        name="特种设备使用单位监督检查",
        item_class=KEY,
        legal_basis="《中华人民共和国特种设备安全法》第五十七条；《特种设备安全监察条例》",
        ratio=_BY_PLAN,
        frequency=_AS_NEEDED,
        method="现场检查",
        sub_items=(
            SubItem("电梯使用单位的监督检查", "电梯使用单位"),
            SubItem("锅炉、压力容器使用单位的监督检查", "锅炉、压力容器使用单位"),
        ),
        qualification=EQUIPMENT,
    ),
    InspectionItem(
        code="SCJG-08",
        department_code=MARKET_CODE,
        name="计量监督检查",
        item_class=GENERAL,
        legal_basis="《中华人民共和国计量法》第十八条；《定量包装商品计量监督管理办法》",
        ratio=_AT_LEAST_5_PERCENT,
        frequency=_ONCE,
        method="现场检查、检验检测",
        sub_items=(
            SubItem("强制检定计量器具使用的检查", "集贸市场、加油站、超市、眼镜制配店等"),
            SubItem("定量包装商品净含量的检查", "定量包装商品生产、销售单位"),
        ),
    ),
    InspectionItem(
        code="YJGL-01",
        department_code=EMERGENCY_CODE,
        name="工贸企业安全生产检查",
        item_class=KEY,
        legal_basis="《中华人民共和国安全生产法》第六十五条",
        ratio=_AT_LEAST_10_PERCENT,
        frequency=_AT_LEAST_ONCE,
        method="现场检查",
        sub_items=(
            SubItem("全员安全生产责任制和教育培训情况的检查", "工贸企业"),
            SubItem("事故隐患排查治理情况的检查", "工贸企业"),
            SubItem("有限空间等危险作业安全管理情况的检查", "存在有限空间作业的工贸企业"),
        ),
        qualification=INDUSTRY,
    ),
    InspectionItem(
        code="YJGL-02",
        department_code=EMERGENCY_CODE,
        name="危险化学品经营储存安全检查",
        item_class=KEY,
        legal_basis="《中华人民共和国安全生产法》第六十五条；《危险化学品安全管理条例》第七条",
        ratio=Ratio("100%", ("equal", 1.0)),
        frequency=_AT_LEAST_ONCE,
        method="现场检查",
        sub_items=(
            SubItem("危险化学品经营许可条件保持情况的检查", "危险化学品经营单位"),
            SubItem("危险化学品储存安全管理情况的检查", "加油站、危险化学品储存单位"),
        ),
        qualification=CHEMICALS,
    ),
    InspectionItem(
        code="YJGL-03",
        department_code=EMERGENCY_CODE,
        name="烟花爆竹经营安全检查",
        item_class=KEY,
        legal_basis="《中华人民共和国安全生产法》第六十五条；《烟花爆竹安全管理条例》第四条",
        ratio=_BY_PLAN,
        frequency=Frequency("每年春节前1次，其他时段根据实际情况确定", None),
        method="现场检查",
        sub_items=(SubItem("烟花爆竹零售点的安全检查", "烟花爆竹零售经营者"),),
    ),
    InspectionItem(
        code="YJGL-04",
        department_code=EMERGENCY_CODE,
        name="生产安全事故应急预案管理检查",
        item_class=GENERAL,
        legal_basis="《中华人民共和国安全生产法》第八十一条；《生产安全事故应急预案管理办法》",
        ratio=_AT_LEAST_5_PERCENT,
        frequency=_AT_MOST_TWICE,
        method="书面检查、现场检查",
        sub_items=(
            SubItem("应急预案编制、备案情况的检查", "生产经营单位"),
            SubItem("应急预案演练、应急物资配备情况的检查", "生产经营单位"),
        ),
    ),
)

_CATEGORIES = {MARKET_CODE: "市场监管类", EMERGENCY_CODE: "应急管理类"}
_DEPARTMENT_NAMES = {
    MARKET_CODE: f"{HOME.division.name}市场监督管理局",
    EMERGENCY_CODE: f"{HOME.division.name}应急管理局",
}


def inspection_item_rows(source: str, issuer: str, year: int) -> list[dict[str, object]]:
    """Return one row for each sub-item, with the columns of a published item list."""
    rows: list[dict[str, object]] = []
    for item_no, item in enumerate(INSPECTION_ITEMS, start=1):
        for sub_no, sub_item in enumerate(item.sub_items, start=1):
            requirement = f"需专业岗位资格（{item.qualification}）" if item.qualification else ""
            rows.append(
                {
                    "source": source,
                    "item_no": str(item_no),
                    "item_code": item.code,
                    "category": _CATEGORIES[item.department_code],
                    "department": _DEPARTMENT_NAMES[item.department_code],
                    "item_name": item.name,
                    "item_class": item.item_class,
                    "sub_no": sub_no,
                    "sub_item": sub_item.name,
                    "legal_basis": item.legal_basis,
                    "checked_by": _DEPARTMENT_NAMES[item.department_code],
                    "objects": sub_item.objects,
                    "ratio": item.ratio.text,
                    "frequency": item.frequency.text,
                    "method": item.method,
                    "inspector_requirement": requirement or "无需专业岗位资格",
                    "remark": item.remark,
                    "id": len(rows) + 1,
                    "region": HOME.division.full_name,
                    "issuer": issuer,
                    "year": year,
                    "ratio_parsed": _ratio(item.ratio),
                    "frequency_parsed": _frequency(item.frequency),
                    "needs_professional": bool(item.qualification),
                }
            )
    return rows


def _ratio(ratio: Ratio) -> dict[str, object] | None:
    if ratio.parsed is None:
        return None
    op, share = ratio.parsed
    return {"op": op, "min": share, "max": share if op == "equal" else None}


def _frequency(frequency: Frequency) -> dict[str, object] | None:
    if frequency.parsed is None:
        return None
    op, times = frequency.parsed
    return {"op": op, "times": times, "per": "year"}
