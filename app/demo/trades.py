"""Lines of business of the sample: GB/T 4754-2017 codes and how firms in them call themselves."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Industry:
    """A row of GB/T 4754-2017."""

    code: str
    name: str
    level: str
    parent_code: str
    section_code: str


@dataclass(frozen=True, slots=True)
class Trade:
    """A division or group of GB/T 4754 with the names in it of shops, firms and cooperatives.

    Each kind has its weight among all of that kind and the endings of its names, separated by
    spaces; weight 0 where there are none. `style` is a list of words; branches of a `chain` are
    shops.
    """

    code: str
    name: str
    section_code: str
    style: str
    shops: tuple[int, str] = (0, "")
    firms: tuple[int, str] = (0, "")
    coops: tuple[int, str] = (0, "")
    chain: bool = False


TRADES = (
    Trade(
        "011",
        "谷物种植",
        "A",
        "farm",
        (6, "家庭农场"),
        (5, "农业发展 种业"),
        (22, "粮食种植 小麦种植 玉米种植 种植"),
    ),
    Trade(
        "014",
        "蔬菜、食用菌及园艺作物种植",
        "A",
        "farm",
        (8, "家庭农场 蔬菜种植园"),
        (8, "现代农业 花卉园艺 食用菌"),
        (26, "蔬菜种植 食用菌种植 设施蔬菜 花卉苗木"),
    ),
    Trade(
        "015",
        "水果种植",
        "A",
        "farm",
        (8, "家庭农场 采摘园"),
        (6, "果业 果品"),
        (24, "猕猴桃 苹果种植 葡萄种植 樱桃种植 果蔬"),
    ),
    Trade(
        "031",
        "牲畜饲养",
        "A",
        "farm",
        (8, "养殖场 家庭农场"),
        (4, "牧业 生态养殖"),
        (16, "养殖 奶牛养殖 生猪养殖 肉羊养殖"),
    ),
    Trade(
        "051",
        "农业专业及辅助性活动",
        "A",
        "farm",
        (6, "农机服务部 农技服务部"),
        (6, "农业服务 农业机械服务"),
        (12, "农机 植保 农业服务 农机服务"),
    ),
    Trade("131", "谷物磨制", "C", "farm", (5, "面粉加工坊 磨坊"), (5, "面粉 面业 粮油")),
    Trade(
        "143",
        "方便食品制造",
        "C",
        "food",
        (10, "挂面加工坊 手工面坊 馒头坊"),
        (10, "食品 食品加工 面制品"),
    ),
    Trade("262", "肥料制造", "C", "farm", firms=(8, "肥业 生物肥料 生态肥料")),
    Trade("273", "中药饮片加工", "C", "health", firms=(4, "中药饮片 药业")),
    Trade(
        "302",
        "石膏、水泥制品及类似制品制造",
        "C",
        "plain",
        (3, "水泥制品厂 预制构件厂"),
        (8, "混凝土 水泥制品 新型建材"),
    ),
    Trade(
        "331",
        "结构性金属制品制造",
        "C",
        "plain",
        (10, "门窗加工部 铁艺加工部 焊接加工部"),
        (10, "钢结构 金属结构 门窗"),
    ),
    Trade(
        "357", "农、林、牧、渔专用机械制造", "C", "farm", firms=(8, "农业机械 机械制造 农业装备")
    ),
    Trade("47", "房屋建筑业", "E", "plain", firms=(34, "建筑工程 建设工程 建筑劳务")),
    Trade(
        "50",
        "建筑装饰、装修和其他建筑业",
        "E",
        "plain",
        (14, "装饰部 装修服务部 门窗安装部"),
        (26, "装饰工程 建筑装饰 装饰设计工程"),
    ),
    Trade(
        "512",
        "食品、饮料及烟草制品批发",
        "F",
        "shop",
        (24, "食品批发部 酒水批发部 副食批发部"),
        (24, "食品销售 酒业 商贸"),
    ),
    Trade(
        "516",
        "矿产品、建材及化工产品批发",
        "F",
        "plain",
        (34, "农资经营部 建材批发部 钢材经营部 化肥经销部"),
        (36, "建材 农资 化工 物资"),
    ),
    Trade(
        "521",
        "综合零售",
        "F",
        "shop",
        (150, "便利店 超市 百货店 生活超市 商店 购物超市"),
        (16, "商贸 百货 超市管理"),
        chain=True,
    ),
    Trade(
        "522",
        "食品、饮料及烟草制品专门零售",
        "F",
        "shop",
        (95, "粮油店 烟酒店 水果店 茶叶店 鲜肉店 蔬菜店 干果店 副食店 糕点店"),
        (10, "食品 茶业"),
    ),
    Trade(
        "523",
        "纺织、服装及日用品专门零售",
        "F",
        "clothes",
        (80, "服装店 鞋店 童装店 床上用品店 化妆品店 母婴用品店 女装店"),
        (6, "服饰 日用品"),
    ),
    Trade(
        "525",
        "医药及医疗器材专门零售",
        "F",
        "health",
        (20, "大药房 药店 医疗器械经营部"),
        (26, "大药房连锁 医药 医疗器械"),
        chain=True,
    ),
    Trade(
        "526",
        "汽车、摩托车、零配件和燃料及其他动力销售",
        "F",
        "auto",
        (30, "电动车行 摩托车行 汽车配件店 汽车用品店"),
        (24, "汽车销售服务 加油站 石油销售 天然气"),
    ),
    Trade(
        "527",
        "家用电器及电子产品专门零售",
        "F",
        "plain",
        (40, "手机店 家电经销部 通讯器材店 电脑店"),
        (14, "电子科技 电器销售"),
    ),
    Trade(
        "528",
        "五金、家具及室内装饰材料专门零售",
        "F",
        "plain",
        (56, "五金店 建材店 灯具店 家具店 水暖建材店 涂料经营部"),
        (14, "家居 五金机电"),
    ),
    Trade(
        "543",
        "道路货物运输",
        "G",
        "auto",
        (22, "货运部 运输服务部 货运信息部"),
        (28, "运输 物流 货运"),
    ),
    Trade("594", "危险品仓储", "G", "plain", firms=(2, "化工仓储 危险品仓储")),
    Trade(
        "61", "住宿业", "H", "lodging", (26, "宾馆 旅馆 招待所 民宿"), (14, "酒店 酒店管理 宾馆")
    ),
    Trade(
        "621",
        "正餐服务",
        "H",
        "food",
        (70, "餐厅 饭店 酒楼 火锅店 烧烤店 农家乐 羊肉馆"),
        (12, "餐饮 餐饮管理 餐饮服务"),
    ),
    Trade(
        "622",
        "快餐服务",
        "H",
        "food",
        (90, "面馆 快餐店 小吃店 凉皮店 肉夹馍店 早餐店 饺子馆"),
        (8, "餐饮管理 快餐"),
        chain=True,
    ),
    Trade("623", "饮料及冷饮服务", "H", "food", (24, "奶茶店 冷饮店 咖啡店"), (2, "饮品")),
    Trade(
        "65",
        "软件和信息技术服务业",
        "I",
        "tech",
        (2, "电脑服务部"),
        (34, "软件 信息技术 网络科技 智能科技"),
    ),
    Trade(
        "70",
        "房地产业",
        "K",
        "plain",
        (8, "房产中介部 房产信息部"),
        (28, "房地产开发 物业管理 物业服务"),
    ),
    Trade(
        "72",
        "商务服务业",
        "L",
        "plain",
        (20, "广告部 图文广告部 商务服务部"),
        (46, "企业管理咨询 广告文化 人力资源 商务服务 劳务"),
    ),
    Trade(
        "75",
        "科技推广和应用服务业",
        "M",
        "tech",
        firms=(70, "农业科技 生物科技 生物技术 环保科技 科技"),
    ),
    Trade(
        "804",
        "理发及美容服务",
        "O",
        "beauty",
        (46, "理发店 美发店 美容店 美甲店 养生馆"),
        (2, "美容 美容美发"),
    ),
    Trade(
        "811",
        "汽车、摩托车等修理与维护",
        "O",
        "auto",
        (44, "汽车修理厂 汽修店 轮胎店 洗车店 汽车美容店 摩托车修理店"),
        (8, "汽车维修 汽车服务"),
    ),
    Trade("83", "教育", "P", "school", firms=(12, "教育培训 培训学校 幼儿园")),
    Trade(
        "84", "卫生", "Q", "health", (16, "诊所 口腔诊所 中医诊所"), (8, "门诊部 口腔门诊部 医院")
    ),
    Trade(
        "90", "娱乐业", "R", "shop", (16, "网吧 台球厅 歌厅 棋牌室 游乐园"), (6, "文化娱乐 游乐")
    ),
)

_SECTIONS = {
    "A": "农、林、牧、渔业",
    "C": "制造业",
    "E": "建筑业",
    "F": "批发和零售业",
    "G": "交通运输、仓储和邮政业",
    "H": "住宿和餐饮业",
    "I": "信息传输、软件和信息技术服务业",
    "K": "房地产业",
    "L": "租赁和商务服务业",
    "M": "科学研究和技术服务业",
    "O": "居民服务、修理和其他服务业",
    "P": "教育",
    "Q": "卫生和社会工作",
    "R": "文化、体育和娱乐业",
}

# Divisions that are only parents here.
_PARENT_DIVISIONS = {
    "01": ("农业", "A"),
    "03": ("畜牧业", "A"),
    "05": ("农、林、牧、渔专业及辅助性活动", "A"),
    "13": ("农副食品加工业", "C"),
    "14": ("食品制造业", "C"),
    "26": ("化学原料和化学制品制造业", "C"),
    "27": ("医药制造业", "C"),
    "30": ("非金属矿物制品业", "C"),
    "33": ("金属制品业", "C"),
    "35": ("专用设备制造业", "C"),
    "51": ("批发业", "F"),
    "52": ("零售业", "F"),
    "54": ("道路运输业", "G"),
    "59": ("装卸搬运和仓储业", "G"),
    "62": ("餐饮业", "H"),
    "80": ("居民服务业", "O"),
    "81": ("机动车、电子产品和日用产品修理业", "O"),
}


def _industries() -> tuple[Industry, ...]:
    sections = [Industry(code, name, "section", "", code) for code, name in _SECTIONS.items()]
    parents = [
        Industry(code, name, "division", section, section)
        for code, (name, section) in _PARENT_DIVISIONS.items()
    ]
    used = [
        Industry(trade.code, trade.name, "division", trade.section_code, trade.section_code)
        if len(trade.code) == len("00")
        else Industry(trade.code, trade.name, "group", trade.code[:2], trade.section_code)
        for trade in TRADES
    ]
    # A section stands before its divisions, a division before its groups, as in the standard.
    return tuple(
        sorted(
            sections + parents + used,
            key=lambda row: (row.section_code, row.level != "section", row.code),
        )
    )


INDUSTRIES = _industries()
