"""The words of which made-up experts are made, and those that the measurements look for."""

from __future__ import annotations

from itertools import accumulate
from random import Random

SURNAMES = (
    "李王张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏"
    "钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文刀普玉岩"
)
COMPOUND = ("欧阳", "司马", "上官", "诸葛", "皇甫", "尉迟", "令狐", "东方")
GIVEN = (
    "国建华明文军平志伟东海强晓生光林小民永杰波成红辉斌新涛春勇荣俊德家云元福玉鹏刚兴超宏金正立学清洪祥龙松利庆忠"
    "峰丽英梅芳秀玲霞燕娟敏静兰慧琴莉萍洁艳雪桂凤美月珍淑婷颖佳宇浩天子思雨欣怡嘉瑞泽晨博睿瑶琪琳璐薇蕾芸菲"
)
FOREIGN = ("阿布", "木呷", "尼玛", "扎西", "次仁", "卓玛", "依旺", "买买提", "吾斯曼", "格桑", "拉姆", "瓦西")
RARE = "𬱖𠅤䶮㛃㭎𫖯𬀩𬭎㛹𬬻"
"""Characters of names that lie beyond the first plane or the first block."""

SEARCHED_NAME, ABSENT_NAME = "建国", "王李"
"""Two characters inside some names; and two that many names hold, and none side by side."""
SEARCHED_EMPLOYER, ABSENT_EMPLOYER = "勘察", "院医"
ONE_CHARACTER = "𬱖"

PLACES_OF_WORK = (
    "人民医院", "地质勘察院", "建筑设计研究院", "安全生产技术服务中心", "消防救援支队", "水利水电勘测设计院",
    "化工有限公司", "矿业集团有限公司", "林业和草原局", "气象局", "职业技术学院", "应急救援中心", "煤矿安全技术中心",
    "交通运输局", "疾病预防控制中心", "地震局", "自然资源局", "电力设计院", "环境监测站", "特种设备检验院",
)  # fmt: skip
EMPLOYER_KINDS = ("事业单位", "机关", "国有企业", "民营企业")
SCHOOLS = (
    "云南大学",
    "昆明理工大学",
    "云南农业大学",
    "西南林业大学",
    "中国地质大学",
    "重庆大学",
    "中南大学",
    "四川大学",
)
MAJORS = ("安全工程", "采矿工程", "地质工程", "土木工程", "化学工程", "水利工程", "林学", "临床医学", "电气工程")
NATIONS = ("汉族",) * 12 + ("彝族", "彝族", "白族", "哈尼族", "傣族", "壮族", "苗族", "回族", "傈僳族", "纳西族")
EDUCATION = (
    ("大学本科", "学士"),
    ("大学本科", "学士"),
    ("硕士研究生", "硕士"),
    ("博士研究生", "博士"),
    ("大学专科", "无"),
)
TITLES = (
    ("正高级", "正高级工程师"),
    ("副高级", "高级工程师"),
    ("副高级", "高级工程师"),
    ("中级", "工程师"),
    ("初级", "助理工程师"),
)
DUTIES = ("总工程师", "副总工程师", "科长", "主任", "工程师", "副院长", "技术负责人")


def _falling(words: str) -> list[float]:
    """The n-th word is met about half as often as the one at half of its place, as in life."""
    return list(accumulate(1 / (place + 8) for place in range(len(words))))


_SURNAME_WEIGHTS, _GIVEN_WEIGHTS = _falling(SURNAMES), _falling(GIVEN)

FIRST_BY_NAME = 40
"""So many experts sort before all others, each with a name of its own: databases need not agree on how ties fall."""


def name_of(n: int, rng: Random) -> str:
    """The name of the expert ``n``: two to four characters, now and then with a middle dot or a rare character."""
    if n % 25 == 7 and n < 25 * FIRST_BY_NAME:
        return "丁一" + GIVEN[n // 25]
    kind = rng.random()
    if kind < 0.015:
        return "·".join(rng.sample(FOREIGN, 2))
    surname = rng.choice(COMPOUND) if kind < 0.03 else rng.choices(SURNAMES, cum_weights=_SURNAME_WEIGHTS)[0]
    given = rng.choices(GIVEN, cum_weights=_GIVEN_WEIGHTS, k=1 if 0.03 < kind < 0.17 else 2)
    if kind > 0.995:
        given[-1] = rng.choice(RARE)
    return surname + "".join(given)
