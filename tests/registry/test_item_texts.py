"""What the published texts of inspection items say in numbers and codes."""

from fractions import Fraction

import pytest

from app.registry.files.item_texts import exact, read_basis, read_caps, read_methods

RATIOS = [
    ("不低于3%", ("0.03", None)),
    ("不超过20%", (None, "0.2")),
    ("根据实际需要，一般不超过 10%/年。", (None, "0.1")),
    ("≥50%", ("0.5", None)),
    ("抽查比例不少于2‰", ("0.002", None)),
    ("100%", ("1", "1")),
    ("33%", ("0.33", "0.33")),
    ("全年抽查比例不少于本行政区域内化省级风景名胜区数量的10%", ("0.1", None)),
    ("10%；20%", ("0.1", "0.2")),
    ("不超过10%；根据实际情况确定", (None, None)),
    ("不超过10%；不低于3%", (None, None)),
    ("根据实际情况确定", (None, None)),
    ("按需", (None, None)),
    ("", (None, None)),
    ("省级不超过2%，市、县质监部门结合当地实际制定检查计划", (None, None)),
    ("市局抽查比例不少于30%", (None, None)),
    ("矿山企业抽查比例为30%", (None, None)),
    ("10%，其中重点检查单位不低于8%", (None, None)),
    ("300%", (None, None)),
]
FREQUENCIES = [
    ("每年1次", ("1", "1")),
    ("每年不超过2次", (None, "2")),
    ("每年不少于1次", ("1", None)),
    ("1次/年", ("1", "1")),
    ("1—2次/年", ("1", "2")),
    ("2次每年", ("2", "2")),
    ("每月一次", ("12", "12")),
    ("每月", ("12", "12")),
    ("1次/季度", ("4", "4")),
    ("每半年1次", ("2", "2")),
    ("对同一单位每2年抽查不超过1次", (None, "0.5")),
    ("每三年抽查一次", ("1/3", "1/3")),
    ("对同一用能产品生产单位，每年度抽查不超过2次", (None, "2")),
    ("市级局每年组织1次；县级局每月组织1次", (None, None)),
    ("在许可有效期内同一单位不超过2次", (None, None)),
    ("每年1次33%；或者每年分次达到33%", (None, None)),
    ("根据实际情况确定", (None, None)),
    ("按需", (None, None)),
    ("", (None, None)),
]


@pytest.mark.parametrize(("text", "bounds"), RATIOS)
def test_a_ratio_is_read_where_the_text_sets_one_for_all(
    text: str, bounds: tuple[str | None, str | None]
) -> None:
    caps = read_caps(text, "")
    assert (caps["min_ratio"], caps["max_ratio"]) == bounds
    assert (caps["min_per_year"], caps["max_per_year"]) == (None, None)


@pytest.mark.parametrize(("text", "bounds"), FREQUENCIES)
def test_a_frequency_is_read_as_inspections_a_year(
    text: str, bounds: tuple[str | None, str | None]
) -> None:
    caps = read_caps("", text)
    assert (caps["min_per_year"], caps["max_per_year"]) == bounds
    assert (caps["min_ratio"], caps["max_ratio"]) == (None, None)


@pytest.mark.parametrize(
    ("texts", "codes"),
    [
        (["现场检查"], ["on_site"]),
        (["现场检查、查阅资料"], ["on_site", "written"]),
        (["非现场监管"], ["remote"]),
        (["书面检查", "检验检测", "网络监测"], ["written", "testing", "network"]),
        (["委托专业机构"], ["entrusted"]),
        (["利用其他部门检查结果"], ["other_results"]),
        (["《特种设备现场安全监督检查规则》规定的内容"], []),
        (["随机抽查"], []),
        ([], []),
    ],
)
def test_methods_become_codes_where_they_name_one(texts: list[str], codes: list[str]) -> None:
    assert read_methods(texts) == codes


def test_laws_are_read_with_the_articles_that_follow_them() -> None:
    text = "《食品安全法》第一百零九条、第一百一十条；《企业信息公示暂行条例》；《药品管理法》第99条第二款"
    found = [(one["law"], one["article"]) for one in read_basis(text)]
    assert found == [
        ("食品安全法", "第一百零九条"),
        ("食品安全法", "第一百一十条"),
        ("企业信息公示暂行条例", None),
        ("药品管理法", "第99条第二款"),
    ]
    assert read_basis("劳动法第89条") == []


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(3, 100), "0.03"),
        (Fraction(1), "1"),
        (Fraction(0), "0"),
        (Fraction(20), "20"),
        (Fraction(1, 3), "1/3"),
        (Fraction(1, 2), "0.5"),
        (None, None),
    ],
)
def test_a_number_is_written_as_rates_are(value: Fraction | None, text: str | None) -> None:
    assert exact(value) == text
