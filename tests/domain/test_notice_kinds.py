"""The table of what people are told."""

from __future__ import annotations

import pytest

from app.domain.identity import hide_numbers
from app.domain.notice_kinds import FILED, KINDS, REISSUED, REJECTED, SUBMITTED, TERMINATED, NoticeKind
from app.domain.sms_wording import WORDINGS, placeholders
from app.services import province

OF_A_CASE = {"name", "department"}


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.key)
def test_each_kind_has_its_wording_and_needs_nothing_that_the_wording_lacks(kind: NoticeKind) -> None:
    wording = WORDINGS[kind.sms]
    assert not wording.is_code
    assert set(placeholders(kind.bell)) <= set(wording.samples) | OF_A_CASE
    assert len(kind.key) <= 20
    samples = wording.of(province.of(None).words).samples
    assert kind.text({**samples, "name": "张三", "department": "某处"}).count("{") == 0


def test_each_wording_is_of_one_kind_at_most() -> None:
    used = [kind.sms for kind in KINDS.values()]
    assert len(used) == len(set(used))


def test_appointment_and_its_change_and_termination_are_never_a_choice() -> None:
    for kind in (FILED, REISSUED, TERMINATED):
        assert "总是" in kind.always
        assert [kind.by_sms(chosen) for chosen in (None, True, False)] == [True, True, True]


def test_the_rest_follows_the_choice_and_without_one_what_it_begins_with() -> None:
    assert [REJECTED.by_sms(chosen) for chosen in (None, True, False)] == [True, True, False]
    assert [SUBMITTED.by_sms(chosen) for chosen in (None, True, False)] == [False, True, False]


def test_no_text_holds_a_number() -> None:
    values = {
        "name": "张三",
        "department": "某处",
        "title": "省化工-防爆",
        "date": "今天",
        "days": "30",
        "number": "YNS20201015001",
    }
    for kind in KINDS.values():
        assert hide_numbers(kind.text(values)) == kind.text(values)
