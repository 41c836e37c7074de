"""Words that shop and firm names of the sample are put together from; none names a person."""

from app.demo.stream import Stream

# Any two different characters, one of each list, make a trade name of the usual kind (恒达, 瑞丰).
_FIRST = "鑫恒瑞宏嘉盛永泰金福兴德广安康华天万隆顺丰佳裕润汇祥益昌亿聚"
_SECOND = "源达泰盛远通祥和丰润利诚辉隆茂益兴昌顺信"
# Well-known companies, names of cities, and ordinary words of another meaning.
_UNWANTED = {
    "顺丰",
    "万达",
    "万和",
    "华润",
    "永辉",
    "永和",
    "华泰",
    "恒源",
    "汇源",
    "恒丰",
    "金茂",
    "安利",
    "天利",
    "嘉兴",
    "泰兴",
    "安顺",
    "福利",
    "永远",
}
_COMPOSED = [
    first + second
    for first in _FIRST
    for second in _SECOND
    if first != second and first + second not in _UNWANTED
]

_LISTED = {
    "shop": (
        "惠民 利民 便民 家家乐 百姓 万家福 好邻居 邻里 乐家 福满家 佳佳 同心 阳光 新世纪 幸福 朝阳"
        " 星光 吉祥 如意 鸿运 兴旺 顺心 诚信 天天 新时代 万家 民生 民乐 友谊 团结 迎春 喜乐 千家惠"
    ),
    "food": (
        "老街 秦香 关中 渭水人家 田园 农家 乡味 一品香 真味 香满园 聚福楼 老巷子 小院 麦香 知味 百味"
        " 好滋味 西府 三秦 秦人 老灶台 邻家 家常 老碗 悦来 同福 顺口福 渭水 巷子口 满口香 五味 老地方"
    ),
    "farm": (
        "绿源 沃野 丰禾 嘉禾 秦禾 田润 绿野 沃土 金穗 丰穗 禾丰 兴农 富民 惠农 绿康 田园 后稷 五谷"
        " 康禾 益农 聚农 众农 强农 春晖 秋实 硕果 民乐 渭农 秦丰 农兴 丰登 绿丰 沃丰 农耕 禾润"
    ),
    "health": (
        "济民 百姓 惠仁 仁济 康宁 益康 安康 德济 福康 杏林 本草 康民 济世 百草 惠康 仁康 益民 众康"
    ),
    "beauty": (
        "丽人 秀色 雅致 魅力 时尚 新形象 名剪 风尚 艺美 俏佳人 伊美 花样年华 靓点 尚美 美丽时光 秀发"
        " 青丝 精剪 新潮 指尖"
    ),
    "clothes": (
        "时尚 风尚 雅致 花样 靓点 尚美 新潮 锦绣 七彩 春秋 四季 彩虹 新风尚 缤纷 美衣坊 暖阳 雅风"
    ),
    "auto": ("车友 平安 顺达 路通 一路顺 快捷 车之友 畅行 驰安 安驰 众诚 顺畅 顺风 恒通 通途 通达"),
    "lodging": (
        "悦来 如归 祥和 锦程 星河 云水 花园 温馨 渭水 馨悦 东方 金桥 迎宾 静雅 锦绣 田园 四季 雅居"
    ),
    "tech": (
        "智汇 云创 数联 慧农 创联 思远 启明 博创 易联 联创 领航 天行 云帆 智远 众创 新锐 远景 拓远"
        " 普惠 慧联 明远 数智 汇智"
    ),
    "school": (
        "启航 博学 育才 小太阳 未来星 明德 蓝天 金色童年 启明 育苗 博雅 致远 求知 春苗 七彩 新苗"
    ),
    "plain": "",
}
# Trade names that go with a line of business; "plain" has none of its own.
STYLES = {style: text.split() for style, text in _LISTED.items()}


def choose_brand(stream: Stream, style: str, composed_per_mille: int) -> str:
    """Return a trade name: of the style's list, or composed in so many of 1000 cases."""
    listed = STYLES[style]
    if listed and not stream.chance(composed_per_mille):
        return stream.choose(listed)
    return stream.choose(_COMPOSED)


# (country or territory, how a parent firm of there calls itself)
FOREIGN_PARENTS = (
    ("香港", "国际有限公司"),
    ("香港", "贸易有限公司"),
    ("日本", "株式会社"),
    ("韩国", "株式会社"),
    ("德国", "机械有限公司"),
    ("荷兰", "种子有限公司"),
    ("以色列", "灌溉技术有限公司"),
    ("新加坡", "投资有限公司"),
    ("法国", "农业设备公司"),
    ("美国", "农业公司"),
)
