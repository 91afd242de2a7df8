"""Twenty-one names and titles as they come, and as they hardly do: each is read back by commands of poppler."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from app.documents.certificate_pdf import render_certificate
from app.documents.data import CertificateData
from app.domain.design import Accent, Border, Design
from tests.documents.test_certificate_archive import CHECKED

LONG_TITLE = "省危险化学品、烟花爆竹、金属非金属矿山（地下矿山、露天矿山、尾矿库）、冶金工贸、油气输送管道、建筑施工-安全生产综合类"
DISTRICT = "双江拉祜族佤族布朗族傣族自治县"


def of(name: str, title: str = "省化工-防爆", **others: object) -> CertificateData:
    return replace(CHECKED, name=name, title=title, **others)  # type: ignore[arg-type]


SAMPLES = {
    "two characters": of("张三"),
    "three characters": of("李建国", "市煤矿-采掘"),
    "two-character surname": of("欧阳春晓", "省金属非金属矿山-地下矿山"),
    "ethnic name": of("买买提·吐尔逊", "县森林防灭火-航空消防"),
    "long ethnic name": of("阿卜杜热合曼·阿卜杜外力·买买提依明江", "州防汛抗旱-水库调度"),
    "Tibetan name": of("斯那扎巴江初", "州地质灾害-泥石流防治", body="迪庆藏族自治州应急管理局"),
    "name of the BMP's fringe": of("䶮㛃喆赟", "省化工-自动化控制"),
    "plane 2, extension B": of("𠅤𡟙", "区建筑施工-起重机械"),
    "plane 2, extension E": of("欧阳𬱖", "省应急管理-应急通信"),
    "plane 2, extension F": of("王𭖀", "省应急管理-应急通信"),
    "plane 3, extension G": of("张𰻝", "省粮食行业-粉尘防爆"),
    "rare title": of("赵𪚥", "省化工-𬭩盐𣵛"),
    "Latin name": of("Nguyễn Văn A", "省边境救援-ICS-300"),
    "longest name": of("斯" * 50),
    "long body": of("和晓燕", "县地震-现场救援", body=f"{DISTRICT}自然灾害应急管理委员会办公室"),
    "long title": of("段正明", LONG_TITLE),
    "everything long": of("阿卜杜热合曼·阿卜杜外力", LONG_TITLE * 2, body=f"{DISTRICT}安全生产委员会办公室" * 2),
    "long term": of("杨丽", "省化工-仪表", valid_to=None),
    "thousandth of a day": of("杨丽", "省化工-仪表", number="YNS202611241000", issued=date(2026, 11, 24)),
    "terminated": of("木春花", "省化工-仪表", stamp="已终止 2026年11月24日"),
    "designed": of(
        "木春花",
        "省化工-仪表",
        stamp="已换发 2026年11月24日",
        design=Design(
            heading="聘任证书", greeting="尊敬的{name}专家：", closing="特发此证。", border=Border.CORNERS,
            accent=Accent.BLUE, scale=110,
        ),
    ),
}  # fmt: skip
FONTS = {"CertificateTitle-Black", "LXGWWenKai-Regular", "BabelStoneHan", "HanaMinA", "HanaMinB"}


@pytest.mark.parametrize("data", list(SAMPLES.values()), ids=list(SAMPLES))
def test_reads_back_as_it_was_written_from_embedded_fonts(
    data: CertificateData, pdf_lines: Callable[[bytes], list[str]], run_on_pdf: Callable[..., str]
) -> None:
    pdf = render_certificate(data)
    design = data.design
    sentence = design.sentence.replace("{body}", data.body).replace("{title}", data.title)
    lines = [line for line in pdf_lines(pdf) if line != data.stamp]
    assert lines[0] == design.heading
    start = design.greeting.replace("{name}", data.name) + sentence + design.closing + f"证书编号：{data.number}"
    assert "".join(lines[1:]).startswith(start)
    assert "".join(lines).count(data.body) == 2
    fonts = [line.split() for line in run_on_pdf(pdf, "pdffonts", "{}").splitlines()[2:]]
    for name, kind, _, embedded, subset, unicode_map, *_ in fonts:
        assert re.fullmatch(r"[A-Z]{6}", name.split("+")[0])
        assert name.split("+")[1] in FONTS
        assert (kind, embedded, subset, unicode_map) == ("TrueType", "yes", "yes", "yes")
