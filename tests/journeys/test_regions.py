"""R1-R4 in a browser: the province, two prefectures and a county at one expert's three cases; a third prefecture sees none."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from app.domain.validity import today_in_shanghai
from tests.journeys.conftest import People
from tests.journeys.steps import ORGANIZATION, Newcomer, apply, approve, file, fill_profile, open_case, papers, register

PERSON = Newcomer("高升泰")
KUNMING, DALI = "昆明市应急管理局", "大理白族自治州应急管理局"


def cases_of(page: Page, path: str = "/application/list/") -> list[str]:
    """The rows of the expert's that a list shows, wherever it begins."""
    page.goto(path)
    return page.get_by_role("row").filter(has_text=PERSON.name).all_inner_texts()


def test_each_office_sees_its_region_and_decides_its_own(people: People, tmp_path: Path) -> None:
    expert = register(people, PERSON)
    fill_profile(expert, papers(tmp_path))
    apply(expert, ORGANIZATION, KUNMING, DALI)

    province, kunming, dali = (people.signed_in(name) for name in ("shenhe", "km.kezhang", "dl.shenhe"))
    county, qujing = people.signed_in("wh.chakan"), people.signed_in("qj.shenhe")
    # The expert lives in 五华 and has applied to 大理: all but 曲靖 see all three cases.
    assert [len(cases_of(page)) for page in (province, kunming, dali, county)] == [3, 3, 3, 3]
    assert cases_of(qujing) == []
    assert cases_of(qujing, "/expert/list/") == []

    open_case(county, "/application/list/", PERSON.name, DALI)
    expect(county.get_by_role("button", name="提交审核结果")).to_have_count(0)
    address = county.url
    answer = qujing.goto(address)
    assert answer is not None
    assert answer.status == 404
    expect(qujing.get_by_text(PERSON.name)).to_have_count(0)

    # Each head finds the others' cases closed, with the reason.
    open_case(province, "/review/list/?all=1", PERSON.name, KUNMING)
    expect(province.get_by_text("只有申报部门中有审核权限的人员可以审核通过")).to_be_visible()
    province.get_by_role("link", name="我为什么能/不能处理").click()
    expect(province.get_by_text("专家所在地区在您的管理范围内")).to_be_visible()

    approve(province, PERSON.name)
    approve(kunming, PERSON.name, KUNMING, "市化工-防爆")
    open_case(dali, "/review/list/", PERSON.name, DALI)
    dali.get_by_label("驳回", exact=True).check()
    dali.get_by_label("退回补正或驳回理由").fill("本州暂不聘请。")
    dali.get_by_role("button", name="提交审核结果").click()
    expect(dali.get_by_text("已驳回，理由已告知专家")).to_be_visible()

    filers = {ORGANIZATION: people.signed_in("beian"), KUNMING: people.signed_in("km.beian")}
    open_case(filers[KUNMING], "/filing/list/?all=1", PERSON.name, ORGANIZATION)
    expect(filers[KUNMING].get_by_role("button", name="备案", exact=True)).to_have_count(0)
    for organization, page in filers.items():
        file(page, PERSON.name, organization)

    expert.goto("/my/certificates")
    day = f"{today_in_shanghai():%Y%m%d}"
    for prefix in ("YNS", "KMS"):
        expect(expert.get_by_text(re.compile(rf"{prefix}{day}\d{{3}}")).first).to_be_visible()
    assert len(people.site.messages_to(PERSON.mobile)) >= 3
    assert cases_of(qujing, "/certificates/list/") == []
