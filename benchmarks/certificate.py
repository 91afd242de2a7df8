"""How long a certificate takes, how large it is, and how much memory many of them take.

``python -m benchmarks.certificate``: no database. Each of the product's certificates is made in turn with the same
page drawn directly by ReportLab: the same words in the same fonts, border, QR code and stamp, and none of the tags,
metadata and colour profile. The bars: twice as long, 60 KB, 250 MB in the process, and 10 MB more after a thousand.
"""

from __future__ import annotations

import argparse
import gc
import io
import json
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from reportlab.lib.colors import Color, HexColor
from reportlab.pdfgen.canvas import Canvas

from app.documents import certificate_layout as layout
from app.documents.certificate_art import qr_code, stamp_form
from app.documents.certificate_borders import PAGE_HEIGHT, PAGE_WIDTH, PALETTES, draw_border
from app.documents.certificate_pdf import render_certificate
from app.documents.data import CertificateData
from app.documents.fonts import TEXT_FONT, TITLE_FONT, register_fonts, text_width
from app.domain.validity import chinese_date, chinese_term

TIMES, RATIO_AT_MOST = 200, 2.0
BYTES_AT_MOST = 60 * 1024
MEGABYTES_AT_MOST, GROWTH_AT_MOST = 250, 10

IN_FORCE = CertificateData(
    name="张三",
    body="云南省应急管理厅",
    title="省化工-防爆",
    number="YNS20201015001",
    valid_from=date(2020, 10, 15),
    valid_to=date(2030, 10, 14),
    issued=date(2020, 10, 15),
    check_url="https://yjzj.example.gov.cn/check/Zm9vYmFyYmF6cXV4MTIzNA",
)
CASES = {
    "in force": IN_FORCE,
    "stamped": replace(IN_FORCE, stamp="已终止 2026年11月24日"),
    "rare characters": replace(IN_FORCE, name="欧阳𬱖𡟙", title="省化工-防爆㛃"),
    "long title": replace(
        IN_FORCE, title="省危险化学品、烟花爆竹、金属非金属矿山（地下矿山）、冶金工贸、油气输送管道" * 6
    ),
}


def drawn_directly(data: CertificateData) -> bytes:
    """The page of a short text as ReportLab draws it when it is told where each line stands."""
    output = io.BytesIO()
    canvas = Canvas(output, pagesize=(PAGE_WIDTH, PAGE_HEIGHT))
    canvas.saveState()
    draw_border(canvas, data.design.border, PALETTES[data.design.accent])
    canvas.restoreState()
    canvas.setFillColor(PALETTES[data.design.accent].accent)
    canvas.setFont(TITLE_FONT, 56)
    canvas.drawCentredString(PAGE_WIDTH / 2, PAGE_HEIGHT - 140, "聘书")
    canvas.setFillColor(HexColor("#222222"))
    words = (
        (22, f"{data.name}同志："),
        (22, f"　　经{data.body}审核批准，聘请你为{data.title}专家。"),
        (15, f"证书编号：{data.number}"),
        (15, f"证书有效期限：{chinese_term(data.valid_from, data.valid_to)}"),
        (19, data.body),
        (19, chinese_date(data.issued)),
        (9, "扫码查验"),
    )
    for line, (size, text) in enumerate(words):
        canvas.setFont(TEXT_FONT, size)
        canvas.drawString(layout.TEXT.left, PAGE_HEIGHT - layout.TEXT.top - 40 * (line + 1), text)
    assert data.check_url is not None
    code = layout.CODE
    canvas.addLiteral(qr_code(data.check_url, code.left, code.bottom, code.width).decode("ascii"))
    if data.stamp:
        canvas.translate(PAGE_WIDTH / 2, PAGE_HEIGHT / 2)
        canvas.rotate(22)
        canvas.setFillColor(Color(0.8, 0.05, 0.05, alpha=0.38))
        canvas.setFont(TEXT_FONT, 600 / text_width(data.stamp))
        canvas.drawCentredString(0, -20, data.stamp)
    canvas.save()
    return output.getvalue()


def first_of_its_stamp(data: CertificateData) -> bytes:
    """The certificate as it is drawn when no other was stamped alike before."""
    stamp_form.cache_clear()
    return render_certificate(data)


def in_turn(*makers: Callable[[], bytes], times: int) -> list[float]:
    """The median of each in milliseconds of processor time, made one after the other so that all meet the same load."""
    taken: list[list[float]] = [[] for _ in makers]
    for _ in range(times):
        for each, make in zip(taken, makers, strict=True):
            start = time.process_time()
            make()
            each.append(1000 * (time.process_time() - start))
    return [round(statistics.median(each), 2) for each in taken]


def resident_megabytes() -> float:
    """The memory of this process that is in use now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def measure(times: int, renders: int) -> dict[str, Any]:
    """All figures; those of other words than the direct drawing can set stand without a ratio."""
    register_fonts()
    made: dict[str, Any] = {}
    for name, data in CASES.items():
        file = render_certificate(data)
        made[name] = {"bytes": len(file)}
        if name in ("in force", "stamped"):
            drawn_directly(data)
            ours, direct = in_turn(partial(render_certificate, data), partial(drawn_directly, data), times=times)
            made[name] |= {"milliseconds": ours, "drawn_directly": direct, "ratio": round(ours / direct, 2)}
        else:
            (ours,) = in_turn(partial(render_certificate, data), times=times)
            made[name] |= {"milliseconds": ours}
    (anew,) = in_turn(partial(first_of_its_stamp, CASES["stamped"]), times=times)
    made["stamped"]["milliseconds_first_of_its_stamp"] = anew
    before = resident_megabytes()
    for serial in range(renders):
        render_certificate(replace(IN_FORCE, number=f"YNS20201015{serial:03}", stamp="已失效" if serial % 2 else None))
    gc.collect()
    after = resident_megabytes()
    return {
        "certificates": made,
        "megabytes": round(after),
        "growth_megabytes": round(after - before, 1),
        "over": renders,
    }


def failures(result: dict[str, Any]) -> list[str]:
    """What is over its bar."""
    found = []
    for name, figures in result["certificates"].items():
        if figures.get("ratio", 0) > RATIO_AT_MOST:
            found.append(f"{name}: {figures['ratio']} times as long as drawn directly")
        if figures["bytes"] > BYTES_AT_MOST:
            found.append(f"{name}: {figures['bytes']} bytes")
    if result["megabytes"] > MEGABYTES_AT_MOST or result["growth_megabytes"] >= GROWTH_AT_MOST:
        found.append(f"{result['megabytes']} MB, {result['growth_megabytes']} MB more than before")
    return found


def main() -> None:
    """Measures, writes ``results/certificate.json`` and fails if a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=TIMES)
    parser.add_argument("--renders", type=int, default=1000)
    chosen = parser.parse_args()
    result = measure(chosen.times, chosen.renders)
    text = json.dumps(result, indent=2)
    print(text)
    folder = Path(__file__).parent / "results"
    folder.mkdir(exist_ok=True)
    (folder / "certificate.json").write_text(text + "\n", encoding="utf-8")
    if problems := failures(result):
        raise SystemExit("; ".join(problems))


if __name__ == "__main__":
    main()
