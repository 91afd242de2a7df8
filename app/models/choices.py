"""The closed lists of the profile."""

from __future__ import annotations

SEXES = ("男", "女")

# GB/T 3304-1991, in its order, then 其他 for unrecognised groups and naturalised persons.
_NATIONS = (
    "汉 蒙古 回 藏 维吾尔 苗 彝 壮 布依 朝鲜 满 侗 瑶 白 土家 哈尼 哈萨克 傣 黎 傈僳 佤 畲 "
    "高山 拉祜 水 东乡 纳西 景颇 柯尔克孜 土 达斡尔 仫佬 羌 布朗 撒拉 毛南 仡佬 锡伯 阿昌 普米 "
    "塔吉克 怒 乌孜别克 俄罗斯 鄂温克 德昂 保安 裕固 京 塔塔尔 独龙 鄂伦春 赫哲 门巴 珞巴 基诺"
)
NATIONS = (*(f"{name}族" for name in _NATIONS.split()), "其他")

# GB/T 4762-1984, without the two that no living person holds.
POLITICS = (
    "中共党员",
    "中共预备党员",
    "共青团员",
    "民革党员",
    "民盟盟员",
    "民建会员",
    "民进会员",
    "农工党党员",
    "致公党党员",
    "九三学社社员",
    "台盟盟员",
    "无党派人士",
    "群众",
)

HEALTH = ("健康或良好", "一般或较弱", "有慢性病", "残疾")

EDUCATION_LEVELS = ("博士研究生", "硕士研究生", "大学本科", "大学专科", "中等专科", "高中", "其他")

DEGREES = ("博士", "硕士", "学士", "无")

EMPLOYER_KINDS = (
    "机关",
    "事业单位",
    "国有企业",
    "民营企业",
    "外资企业",
    "高等院校",
    "科研院所",
    "社会组织",
    "其他",
    "无工作单位",
)

TITLE_LEVELS = ("正高级", "副高级", "中级", "初级", "未评定")
SENIOR_TITLE_LEVELS = TITLE_LEVELS[:2]

ACHIEVEMENT_KINDS = ("项目", "论文", "专著", "奖励", "专利", "标准", "其他")
