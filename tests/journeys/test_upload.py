"""Files from a phone: a picture is turned and made smaller before it is sent; what was refused is said, and nothing is lost."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import expect

from tests.journeys.conftest import People
from tests.journeys.steps import Newcomer, register


def stored(people: People, name: str) -> Image.Image:
    """A picture as the registry serves it to its owner."""
    page = people.contexts[0].pages[0]
    ((key,),) = people.site.rows("SELECT id FROM attachment WHERE filename = :name", name=name)
    return Image.open(BytesIO(page.request.get(f"/file/{key}").body()))


def test_a_picture_is_turned_and_made_smaller(people: People, tmp_path: Path) -> None:
    page = register(people, Newcomer("周文渊"))
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto("/my/files")
    scan = tmp_path / "职称证书.png"
    picture = Image.effect_noise((4000, 3000), 60).convert("RGB")
    picture.paste((255, 0, 0), (0, 0, 4000, 300))  # what is red stands at the top
    picture.save(scan)
    page.get_by_label("材料类别").select_option(label="职称证书")
    page.get_by_label("文件", exact=True).set_input_files(scan)
    page.get_by_role("button", name="向右转").click()
    expect(page.get_by_text("上传时为")).to_be_visible()
    page.get_by_role("button", name="上传附件").click()
    expect(page.get_by_text("附件已上传。")).to_be_visible()
    kept = stored(people, "职称证书.jpg")
    assert kept.size == (2175, 2900)
    red, green, _ = kept.convert("RGB").getpixel((2100, 1400))  # type: ignore[misc]
    assert red > 200 > 100 > green  # the top is at the right now


def test_what_is_refused_is_said_on_the_page_and_a_small_file_goes_as_it_is(people: People, tmp_path: Path) -> None:
    page = register(people, Newcomer("周文远"))
    page.goto("/my/files")
    page.get_by_role("button", name="上传附件").click()
    expect(page.get_by_role("link", name="请先选择文件")).to_be_visible()
    photo = tmp_path / "照片.jpg"
    Image.new("RGB", (413, 579), (70, 110, 170)).save(photo)
    page.get_by_label("照片").set_input_files(photo)
    expect(page.get_by_label("所选图片的预览").first).to_be_visible()
    page.get_by_role("button", name="上传照片").click()
    expect(page.get_by_text("照片已更新。")).to_be_visible()
    expect(page.get_by_alt_text("当前照片")).to_be_visible()
