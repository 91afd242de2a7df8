"""What identifies a person: resident ID number (R23), mobile (R24), and a password that is neither."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from app.domain.errors import Invalid
from app.domain.guessable import is_guessable

PASSWORD_MIN = 10
PASSWORD_MAX = 128

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"
LONGEST_INPUT = 64
"""Nobody types more for 18 or 11 characters; a longer text is refused before any work is done on it."""
ID_NUMBER, MOBILE = "id_number", "mobile"
"""The two sorts of number by which a person is known; columns that hold one are called so."""
NUMBER_WORDS = {ID_NUMBER: "身份证号", MOBILE: "手机号"}
_SEPARATORS = re.compile(r"[\s\u2010-\u2015-]")
_COUNTRY_CODE = re.compile(r"^(?:\+86|0086|86(?=1[0-9]{10}$))")
_DISTINCT_CHARACTERS = 4
_COUNTED = "零一两三四"
# fmt: off
_COMMON_PASSWORDS = frozenset((
    "1234567890", "0123456789", "0987654321", "9876543210", "12345678910", "1234554321", "1122334455",
    "11223344556", "123456789a", "a123456789", "a1234567890", "1234567890a", "qq123456789", "abc1234567",
    "abc123456789", "abcd123456", "abcd1234567", "abcdefghij", "abcdefg123", "abcdef123456", "aa123456789",
    "admin12345", "admin123456", "administrator", "adminadmin", "root123456", "p@ssw0rd123", "passw0rd123",
    "password123", "password1234", "password12345", "qwertyuiop", "qwerty12345", "qwerty123456",
    "qwer123456", "qwert12345", "asdfghjkl;", "asdfghjkl123", "asdf123456", "zxcvbnm123", "zxcvbnm123456",
    "qazwsxedcr", "qazwsx123456", "1qaz2wsx3edc", "1qazxsw23edc", "!qaz2wsx#edc", "1q2w3e4r5t",
    "1q2w3e4r5t6y", "q1w2e3r4t5", "zaq12wsxcde3", "iloveyou123", "iloveyou1314", "woaini1314",
    "woaini5201314", "woaini123456", "5201314520", "5201314521", "5201314123", "1314520520", "yunnan12345",
    "yunnan123456", "kunming123", "kunming123456", "yingji12345", "yingji123456", "yingjiguanli",
    "zhuanjia123", "zhuanjia123456", "changeme123", "welcome123", "welcome1234", "letmein123", "test123456",
    "test1234567", "user123456", "computer123", "football123",
))
# fmt: on


@dataclass(frozen=True)
class PasswordRule:
    """What a password must be: ``minimum`` characters, of so many ``kinds`` (lower, upper case, digit, other)."""

    minimum: int = PASSWORD_MIN
    kinds: int = 1

    @property
    def words(self) -> str:
        """For the help beside the field."""
        kinds = f"，大写字母、小写字母、数字、符号至少有{_COUNTED[self.kinds]}种" if self.kinds > 1 else ""
        return f"至少 {self.minimum} 个字符{kinds}，不要包含姓名、身份证号或手机号。"


ORDINARY = PasswordRule()
"""Length before variety: an expert's, where nothing else is configured."""


@dataclass(frozen=True)
class IdNumber:
    """A resident ID number that passed every check. Its repr shows none of it: a repr ends in logs."""

    value: str = field(repr=False)
    birth_date: date = field(repr=False)
    sex: str = field(repr=False)


def _plain(text: str) -> str:
    """Full-width to ASCII, and no blanks around it or invisible marks in it (address books paste U+202D)."""
    folded = unicodedata.normalize("NFKC", text)
    return "".join(char for char in folded if unicodedata.category(char) != "Cf").strip()


def parse_id_number(text: str, today: date) -> IdNumber:
    """Check an 18-character resident ID number (R23; GB 11643-1999, ISO 7064 MOD 11-2) and read it.

    ``x`` is taken as ``X``; full-width characters and surrounding blanks are put right. The area code in
    the first six digits is never looked at. ``sex`` is 男 or 女; ``today`` is the day in Shanghai.
    Raises Invalid with its own message where the text is blank, holds other characters, is too short or
    too long, names no real date or one in the future, or ends in the wrong check character.
    """

    def refuse(message: str) -> Invalid:
        return Invalid(message, field="id_number")

    if len(text) > LONGEST_INPUT:
        raise refuse("身份证号应为18位，您输入的内容过长。")
    value = _plain(text).upper()
    if not value:
        raise refuse("请填写身份证号。")
    if not re.fullmatch(r"[0-9X]+", value):
        raise refuse("身份证号只能由数字组成，最后一位可以是X，中间不要有空格或其他符号。")
    if len(value) == 15:
        raise refuse("这是15位的旧身份证号，请填写18位的身份证号。")
    if len(value) != 18:
        raise refuse(f"身份证号应为18位，您输入了{len(value)}位。")
    if "X" in value[:17]:
        raise refuse("身份证号的前17位只能是数字，X只能是最后一位。")
    try:
        birth_date = date(int(value[6:10]), int(value[10:12]), int(value[12:14]))
    except ValueError:
        raise refuse("身份证号的第7至14位不是一个真实的日期，请核对。") from None
    if birth_date > today:
        raise refuse("身份证号中的出生日期晚于今天，请核对。")
    if value[17] != check_character(value[:17]):
        raise refuse("身份证号的最后一位校验不符，请逐位核对。")
    return IdNumber(value, birth_date, "男" if int(value[16]) % 2 else "女")


def check_character(first_17: str) -> str:
    """The 18th character for the first seventeen digits (GB 11643-1999, ISO 7064 MOD 11-2)."""
    return _CHECK_CHARACTERS[sum(w * int(d) for w, d in zip(_WEIGHTS, first_17, strict=True)) % 11]


def parse_mobile(text: str) -> str:
    """Check a mobile number of mainland China and return its 11 digits (R24).

    Blanks and hyphens are dropped, and the country code written as ``+86``, ``0086`` or ``86``. No list of
    carriers is consulted. Raises Invalid with its own message where the text is blank, holds other
    characters, has not 11 digits, or does not begin with 13 to 19.
    """

    def refuse(message: str) -> Invalid:
        return Invalid(message, field="mobile")

    if len(text) > LONGEST_INPUT:
        raise refuse("手机号应为11位数字，您输入的内容过长。")
    value = _SEPARATORS.sub("", _plain(text))
    if not value:
        raise refuse("请填写手机号。")
    value = _COUNTRY_CODE.sub("", value)
    if not re.fullmatch(r"[0-9]+", value):
        raise refuse("手机号只能由数字组成，请填写中国大陆的11位手机号。")
    if len(value) != 11:
        raise refuse(f"手机号应为11位数字，您输入了{len(value)}位。")
    if not re.fullmatch(r"1[3-9][0-9]{9}", value):
        raise refuse("手机号应以13至19开头，请核对。")
    return value


def parse_either(text: str, today: date) -> tuple[str, str]:
    """``ID_NUMBER`` or ``MOBILE``, whichever ``text`` is, and the number, checked (R23, R24).

    Blanks and hyphens anywhere are dropped, a country code before a mobile too; ``x`` is taken as ``X``.
    ``today`` is the day in Shanghai. Raises Invalid with a message of its own where the text is blank, holds
    other characters or is as long as neither; else the message says what is wrong with the number that it is.
    """
    if len(text) > LONGEST_INPUT:
        raise Invalid("您输入的内容过长。身份证号应为18位，手机号应为11位。")
    value = _SEPARATORS.sub("", _plain(text)).upper()
    if not value:
        raise Invalid("请填写要查找的号码。")
    if not re.fullmatch(r"\+?[0-9X]+", value):
        raise Invalid("号码只能由数字组成，身份证号的最后一位可以是X。按姓名查找的，请用列表的筛选条件。")
    if len(_COUNTRY_CODE.sub("", value)) == 11:
        return MOBILE, parse_mobile(value)
    if len(value) in (15, 18):
        return ID_NUMBER, parse_id_number(value, today).value
    raise Invalid(f"身份证号应为18位，手机号应为11位，您输入了{len(value)}位，请核对。")


USERNAME = re.compile(r"[A-Za-z][A-Za-z0-9._-]{2,31}\Z")
"""A staff user name. It begins with a letter, so that none is anybody's ID number or mobile (R21)."""
USERNAME_RULE = "以字母开头，3 至 32 位字母、数字、点、下划线或短横线"


def mask_id_number(value: str) -> str:
    """``530102********1234``: area and last four of an 18-character number; stars for anything else."""
    return f"{value[:6]}********{value[-4:]}" if len(value) == 18 else "*" * len(value)


def mask_mobile(value: str) -> str:
    """``138****5678``: first three and last four of an 11-digit number; stars for anything else."""
    return f"{value[:3]}****{value[-4:]}" if len(value) == 11 else "*" * len(value)


_ID_NUMBER = re.compile(r"(?<![0-9])[1-9][0-9]{16}[0-9Xx](?![0-9])")
_MOBILE = re.compile(r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])")


def hide_numbers(text: str) -> str:
    """``text`` with whatever looks like an ID number or a mobile masked."""
    hidden = _ID_NUMBER.sub(lambda found: mask_id_number(found[0]), text)
    return _MOBILE.sub(lambda found: mask_mobile(found[0]), hidden)


def looks_personal(text: str) -> bool:
    """Whether ``text`` is or holds what may be an ID number or a mobile, one mistyped or with blanks among them.

    So are ten digits and more with nothing else: of what else is looked for here, nothing is.
    """
    plain = _SEPARATORS.sub("", _plain(text))
    return hide_numbers(plain) != plain or re.fullmatch(r"\+?[0-9]{10,}[Xx]?", plain) is not None


def password_problem(password: str, *, about: Iterable[str], rule: PasswordRule = ORDINARY) -> str | None:
    """Say in Chinese why ``password`` will not do, or None where it will (OWASP ASVS 5.0, 6.2; 等保三级, 8.1.4.1).

    As long as ``rule`` asks and up to 128 characters, of as many kinds. Refused: fewer than four different
    characters, what guessers try first, and those that contain, or are a piece of, a value in ``about``
    (ID number, mobile, name, user name). Blank values in ``about`` are ignored.
    """
    if not password:
        return "请填写密码。"
    if len(password) < rule.minimum:
        return f"密码至少需要{rule.minimum}个字符。"
    if len(password) > PASSWORD_MAX:
        return f"密码最多{PASSWORD_MAX}个字符。"
    if any(unicodedata.category(char) in {"Cc", "Cs"} for char in password):
        return "密码中含有无法输入的控制字符，请重新填写。"
    if _kinds(password) < rule.kinds:
        return f"密码须包含大写字母、小写字母、数字、符号中的至少{_COUNTED[rule.kinds]}种。"
    folded = _folded(password)
    if len(set(folded)) < _DISTINCT_CHARACTERS:
        return f"密码过于简单，请至少使用{_DISTINCT_CHARACTERS}个不同的字符。"
    if folded in _COMMON_PASSWORDS or is_guessable(folded):
        return "这个密码太常见，容易被猜到，请换一个。"
    for value in map(_folded, about):
        # A single character (a one-letter name) stands in too many good passwords.
        if len(value) > 1 and (value in folded or folded in value):
            return "密码不能包含您的姓名、身份证号、手机号或用户名。"
    return None


def _kinds(password: str) -> int:
    """How many of lower case, upper case, digit and other the password has."""
    tests = (str.islower, str.isupper, str.isdecimal)
    return len({next((n for n, test in enumerate(tests) if test(char)), len(tests)) for char in password})


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()
