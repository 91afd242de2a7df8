"""The table of a case: whole, without contradiction, and the only order there is."""

from __future__ import annotations

from collections import Counter

import pytest

from app.domain.errors import Conflict, Invalid
from app.domain.states import (
    APPROVED_STATUSES,
    EXPIRED_LABEL,
    OPEN_STATUSES,
    Action,
    ApplicationStatus,
    CertificateStatus,
)
from app.domain.transitions import REASON_LENGTH, TABLE, Status, check, find

A, C = ApplicationStatus, CertificateStatus
STATUSES: tuple[Status, ...] = (*A, *C)

EXPECTED = {
    (Action.SUBMIT, None): A.PENDING_REVIEW,
    (Action.WITHDRAW, A.PENDING_REVIEW): A.WITHDRAWN,
    (Action.WITHDRAW, A.RETURNED): A.WITHDRAWN,
    (Action.RETURN, A.PENDING_REVIEW): A.RETURNED,
    (Action.RESUBMIT, A.RETURNED): A.PENDING_REVIEW,
    (Action.APPROVE, A.PENDING_REVIEW): A.PENDING_FILING,
    (Action.REJECT, A.PENDING_REVIEW): A.REJECTED,
    (Action.SEND_BACK, A.PENDING_FILING): A.PENDING_REVIEW,
    (Action.FILE, A.PENDING_FILING): A.FILED,
    (Action.TERMINATE, C.VALID): C.TERMINATED,
    (Action.REISSUE, C.VALID): C.SUPERSEDED,
    **{(Action.MOVE, status): None for status in (A.PENDING_REVIEW, A.RETURNED, A.PENDING_FILING, C.VALID)},
}
"""The page of the domain, written a second time: a change of the table is a change of the rules. None: it stays."""


def test_every_action_has_exactly_one_line() -> None:
    assert Counter(step.action for step in TABLE) == dict.fromkeys(Action, 1)


def test_the_table_is_that_of_the_domain() -> None:
    lines = {(step.action, source): step.target for step in TABLE for source in step.sources or (None,)}
    assert lines == EXPECTED


def test_every_status_can_be_reached() -> None:
    reached: set[Status] = {C.VALID}  # filing creates it
    while True:
        further = {s.target for s in TABLE if s.target and (not s.sources or reached & set(s.sources))} - reached
        if not further:
            break
        reached |= further
    assert reached == set(STATUSES)


def test_no_line_mixes_an_application_with_a_certificate() -> None:
    assert all(type(source) is type(step.target) for step in TABLE if step.target for source in step.sources)


def test_only_the_ends_of_a_case_lead_nowhere() -> None:
    ends = {status for status in STATUSES if not any(status in step.sources for step in TABLE)}
    assert ends == {A.FILED, A.REJECTED, A.WITHDRAWN, C.TERMINATED, C.SUPERSEDED}


def test_open_is_what_still_may_move_and_approved_is_not_undone() -> None:
    assert set(OPEN_STATUSES) == {status for status in A if any(status in step.sources for step in TABLE)}
    assert set(APPROVED_STATUSES) == {A.PENDING_FILING, A.FILED}


def test_r19_expired_is_no_status_that_is_stored() -> None:
    assert EXPIRED_LABEL not in {status.label for status in C}
    assert "expired" not in {status.value for status in C}


@pytest.mark.parametrize("action", list(Action))
@pytest.mark.parametrize("status", STATUSES)
def test_check_opens_what_the_table_says_and_nothing_else(action: Action, status: Status) -> None:
    if (action, status) not in EXPECTED:
        with pytest.raises(Conflict) as refused:
            check(action, status, "理由")
        assert status.label in refused.value.message
        assert action.label in refused.value.message
    else:
        assert check(action, status, "理由").target == EXPECTED[action, status]


REASONED = {Action.RETURN, Action.REJECT, Action.SEND_BACK, Action.TERMINATE, Action.REISSUE, Action.MOVE}


@pytest.mark.parametrize("action", sorted(set(Action) - {Action.SUBMIT}))
def test_a_reason_is_asked_where_the_domain_asks_for_one(action: Action) -> None:
    status = find(action).sources[0]
    for blank in ("", "  \n\t　"):
        if action in REASONED:
            with pytest.raises(Invalid) as refused:
                check(action, status, blank)
            assert refused.value.field == "reason"
            assert action.label in refused.value.message
        else:
            assert check(action, status, blank).action is action


def test_a_reason_may_be_as_long_as_its_column_and_no_longer() -> None:
    assert check(Action.REJECT, A.PENDING_REVIEW, "长" * REASON_LENGTH).target is A.REJECTED
    with pytest.raises(Invalid, match=str(REASON_LENGTH)):
        check(Action.REJECT, A.PENDING_REVIEW, "长" * (REASON_LENGTH + 1))


def test_labels_are_those_that_officials_read() -> None:
    assert [status.label for status in A] == ["待审核", "退回补正", "待备案", "已备案", "已驳回", "已撤回"]
    assert [status.label for status in C] == ["有效", "已终止", "已换发"]
    assert A("rejected") is A.REJECTED
    assert str(A.REJECTED) == "rejected"
