"""Passwords that a guesser tries first, found by rule: what people in China make passwords from.

Keyboard walks, runs of letters and digits, years and dates, repeated units, a few dozen words, a
name in pinyin with digits behind it, a mobile or an ID number. A list names some; a rule names all.
"""

from __future__ import annotations

import re
from functools import cache

_WALKS = (
    "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "abcdefghijklmnopqrstuvwxyz",
    "1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm", "8ik,", "9ol.", "0p;/",
    "zse4", "xdr5", "cft6", "vgy7", "bhu8", "nji9", "mko0", "147", "258", "369",
    "1q2w3e4r5t6y7u8i9o0p", "q1w2e3r4t5y6u7i8o9p0", "qawsedrftgyhujikolp", "aqswdefrgthyjukilo", "azsxdcfvgbhnjmk",
)  # fmt: skip
_SHORTEST_RUN = 3
_WORDS = (
    "password passwd passw0rd p@ssw0rd p@ssword pass pwd admin administrator root user test guest login letmein "
    "welcome changeme default system manager master server oracle love iloveyou hello computer football dragon "
    "monkey sunshine princess superman batman woaini woaiwo aini wobuaini nihao mima denglu yonghu zhanghao "
    "guanliyuan guanli zhongguo china beijing yunnan kunming dali qujing yuxi yingji yingjiguanli yingjiting anquan "
    "anjian zhuanjia caonima baobao laopo laogong qaz wsx edc rfv 520 1314 521 5201314 147258369 147258 258369 "
    "159357 123321 110 119 120"
)
_YEARS = r"(?:19[3-9]\d|20[0-4]\d)"
_DATE = rf"{_YEARS}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_REPEATED = re.compile(r"(.{1,8})\1+")
_CHEAP = re.compile(rf"(?:{_DATE}|{_YEARS}|(.)\1\1+)\Z")
_LONGEST_PIECE, _MOST_PIECES = 26, 5
_SHIFTED = str.maketrans("!@#$%^&*()", "1234567890")
_SYMBOLS = re.compile(r"^[\W_]+|[\W_]+$")
_NUMBER_OF_A_PERSON = re.compile(r"1[3-9]\d{9}|\d{17}[\dx]")

# The commonest surnames in pinyin, and what a syllable of a given name looks like.
_SURNAMES = (
    "ai an bai bao bi cai cao cen chai chang che chen cheng chi chu cui dai deng ding dong dou du duan fan fang fei "
    "feng fu gan gao ge geng gong gu guan guo han hao he hong hou hu hua huang huo ji jia jian jiang jiao jin jing "
    "ju kang ke kong kuang lai lan lang lei leng li lian liang liao lin ling liu long lou lu luo lv ma mao mei meng "
    "mi miao mo mu ni nie ning niu ou ouyang pan pang pei peng pu qi qian qiao qin qiu qu quan ran ren rong ruan "
    "sha shan shang shao she shen sheng shi shu shui song su sun tan tang tao teng tian tong tu wan wang wei wen "
    "weng wu xi xia xiang xiao xie xin xing xiong xu xuan xue yan yang yao ye yi yin ying you yu yuan yue yun zang "
    "zeng zha zhai zhan zhang zhao zheng zhong zhou zhu zhuang zhuo zong zou zuo"
)
_SYLLABLE = (
    r"(?:(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?"
    r"(?:iang|iong|uang|ang|eng|ing|ong|ian|iao|uai|uan|ai|ei|ao|ou|an|en|in|un|ia|ie|iu|ua|ui|uo|ue|ve|er|a|e|i|o|u|v))"
)
_NAME = rf"(?:{'|'.join(sorted(_SURNAMES.split(), key=len, reverse=True))}){_SYLLABLE}{{1,2}}"
_NAME_WITH_DIGITS = re.compile(rf"{_NAME}\d{{1,8}}|\d{{1,8}}{_NAME}")


def is_guessable(folded: str) -> bool:
    """Whether ``folded`` (lower case, NFKC) is made wholly of what guessers try: at most five such pieces.

    A ``!`` before or behind it, and symbols typed for the digits of a walk, hide nothing.
    """
    core = _SYMBOLS.sub("", folded) or folded
    return any(
        _REPEATED.fullmatch(text) or _NUMBER_OF_A_PERSON.fullmatch(text) or _in_pieces(text)
        for text in {folded, core, folded.translate(_SHIFTED)}
    ) or bool(_NAME_WITH_DIGITS.fullmatch(core))


def _in_pieces(text: str) -> bool:
    """Whether the whole text falls into at most five cheap pieces."""
    fewest: list[int] = [0] + [_MOST_PIECES + 1] * len(text)
    for end in range(1, len(text) + 1):
        for start in range(max(0, end - _LONGEST_PIECE), end):
            if fewest[start] < _MOST_PIECES and fewest[start] + 1 < fewest[end] and _is_cheap(text[start:end]):
                fewest[end] = fewest[start] + 1
    return fewest[-1] <= _MOST_PIECES


def _is_cheap(piece: str) -> bool:
    return piece in _pieces() or _CHEAP.match(piece) is not None


@cache
def _pieces() -> frozenset[str]:
    """Every run of a walk, forwards and backwards, and the words."""
    found = set(_WORDS.split())
    for walk in _WALKS:
        for line in (walk, walk[::-1]):
            for start in range(len(line)):
                found.update(line[start:end] for end in range(start + _SHORTEST_RUN, len(line) + 1))
    return frozenset(found)
