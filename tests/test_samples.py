"""The sample people: every state is there, nothing is impossible, and loading twice changes nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import flask_migrate
import pytest
from flask import Flask
from flask_appbuilder import Model
from sqlalchemy import select

from app.documents import fonts
from app.domain.errors import Conflict, NotAllowed
from app.domain.identity import parse_id_number, password_problem
from app.domain.states import Action, ApplicationStatus, CertificateStatus
from app.domain.validity import midnight, today_in_shanghai
from app.extensions import db
from app.models import (
    Account,
    Application,
    Certificate,
    Expert,
    Feedback,
    FeedbackState,
    NumberCounter,
    SmsMessage,
    SmsStatus,
    Transition,
)
from app.models.types import now
from app.policies import permissions
from app.policies.roles import GRANTS
from app.services import accounts, actors, certificates, desk, filings, profiles, samples
from app.services.samples import officials, people, pictures, stories
from tests.support import databases
from tests.support.clock import Clock


@pytest.fixture(scope="module")
def loaded(make_app: Callable[[str], Flask], empty_database: Callable[[str, str], str]) -> Iterator[Flask]:
    """An application with the samples, loaded once for these tests, which only read: over midnight, as it happens."""
    registry = databases.Registry(make_app(empty_database(databases.SQLITE, "samples")), databases.SQLITE)
    registry.build()
    with registry.app.app_context():
        with pytest.MonkeyPatch.context() as patch:
            clock = Clock(patch)
            clock.at(midnight(today_in_shanghai()) - timedelta(seconds=1))

            def file_at_midnight(*asked: Any) -> Certificate:
                made = filings.file(*asked)
                clock.at(midnight(today_in_shanghai() + timedelta(days=1)))
                patch.setattr(stories.filings, "file", filings.file)
                return made

            patch.setattr(stories, "filings", SimpleNamespace(file=file_at_midnight))
            samples.load()
        yield registry.app
    registry.engine.dispose()


@pytest.fixture(autouse=True)
def _fresh_reads(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "loaded" in request.fixturenames:
        db.session.rollback()


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    return {
        table.name: sorted(map(tuple, db.session.execute(select(table))), key=repr)
        for table in Model.metadata.sorted_tables
    }


def test_every_state_of_an_application_that_the_product_reaches_is_there(loaded: Flask) -> None:
    found = Counter(db.session.scalars(select(Application.status)))
    # A case is returned for correction by a service that is yet to come.
    assert set(found) == set(ApplicationStatus) - {ApplicationStatus.RETURNED}
    assert found[ApplicationStatus.FILED] >= 10


def test_certificates_of_every_kind_are_there(loaded: Flask) -> None:
    today = today_in_shanghai()
    issued = list(db.session.scalars(select(Certificate)))
    valid = [c for c in issued if c.is_valid_on(today)]
    assert any(c.valid_to is None for c in valid)
    assert any(c.valid_to is not None and c.valid_to <= today + timedelta(days=30) for c in valid), "one ends soon"
    assert any(c.valid_to is not None and (c.valid_to.month, c.valid_to.day) == (12, 31) for c in valid)
    assert sum(c.has_expired_on(today) for c in issued) >= 3
    assert sum(c.status is CertificateStatus.TERMINATED for c in issued) >= 2
    assert len({c.organization_id for c in issued}) == 3


def test_profiles_of_every_completeness_are_there(loaded: Flask) -> None:
    applied = select(Application.expert_id)
    idle = list(db.session.scalars(select(Expert).where(Expert.id.not_in(applied))))
    shares = sorted(profiles.completeness(profiles.missing(expert)) for expert in idle)
    assert len(shares) >= 6
    assert shares[0] < 40
    assert any(40 < share < 100 for share in shares)
    assert shares.count(100) >= 2


def test_somebody_applied_again_after_a_rejection(loaded: Flask) -> None:
    by_expert: dict[int, list[ApplicationStatus]] = defaultdict(list)
    for application in db.session.scalars(select(Application).order_by(Application.id)):
        by_expert[application.expert_id].append(application.status)
    stories = {tuple(statuses) for statuses in by_expert.values()}
    assert (ApplicationStatus.REJECTED, ApplicationStatus.PENDING_REVIEW) in stories
    assert (ApplicationStatus.REJECTED, ApplicationStatus.FILED) in stories


@pytest.mark.parametrize("username", ["yn.shenhe", "yn.feimei", "km.shenhe", "dl.shenhe"])
def test_every_reviewer_has_work(loaded: Flask, username: str) -> None:
    assert desk.counts(actor(username)).to_review.waiting >= 3


@pytest.mark.parametrize("username", ["yn.beian", "km.beian", "dl.beian"])
def test_every_filer_has_work(loaded: Flask, username: str) -> None:
    assert desk.counts(actor(username)).to_file.waiting >= 1


@pytest.mark.parametrize("username", ["yn.shenhe", "km.shenhe", "dl.shenhe"])
def test_some_of_it_is_overdue_whatever_the_season(loaded: Flask, username: str) -> None:
    assert desk.counts(actor(username)).to_review.overdue >= 1


def test_r6_is_there_to_be_seen(loaded: Flask) -> None:
    reviewer = actor("dl.shenhe")
    own = [a for a in db.session.scalars(select(Application)) if a.expert.id_number == reviewer.id_number]
    assert own
    assert own[0].department_id == reviewer.department_id
    assert not permissions.may(reviewer, Action.APPROVE, own[0])


def test_every_login_opens(loaded: Flask) -> None:
    logins = samples.logins()
    assert len({login.account for login in logins}) == len(logins) == len(officials.OFFICIALS) + 3
    for login in logins:
        assert not accounts.authenticate(login.account, login.password).must_change_password
    roles = {role.name for account in db.session.scalars(select(Account)) for role in account.roles}
    assert roles == set(GRANTS)


def test_dates_run_forward_and_end_before_now(loaded: Flask) -> None:
    steps: dict[int, list[Transition]] = defaultdict(list)
    for step in db.session.scalars(select(Transition).order_by(Transition.id)):
        steps[step.application_id].append(step)
    for history in steps.values():
        moments = [step.at for step in history]
        assert moments == sorted(moments)
        assert moments[-1] < now()
        application = history[0].application
        assert (application.submitted_at, application.changed_at) == (moments[0], moments[-1])
        assert application.expert.created_at < moments[0]
    for certificate in db.session.scalars(select(Certificate)):
        made_by = Action.REISSUE if certificate.supersedes else Action.FILE
        made = next(s for s in steps[certificate.application_id] if s.action is made_by)
        assert today_in_shanghai(made.at) == certificate.issued_on
        if certificate.supersedes:
            assert certificate.supersedes.superseded_at == made.at


def test_r16_numbers_have_no_gap_and_today_starts_at_one(loaded: Flask) -> None:
    serials: dict[str, list[int]] = defaultdict(list)
    for certificate in db.session.scalars(select(Certificate)):
        stem = f"{certificate.organization.prefix}{certificate.issued_on:%Y%m%d}"
        assert certificate.number.startswith(stem)
        serials[stem].append(int(certificate.number.removeprefix(stem)))
    assert all(sorted(found) == list(range(1, len(found) + 1)) for found in serials.values())
    today = f"{today_in_shanghai():%Y%m%d}"
    assert set(db.session.scalars(select(NumberCounter.serial).where(NumberCounter.day == today))) <= {0}


def test_every_certificate_has_its_pdf(loaded: Flask) -> None:
    for certificate in db.session.scalars(select(Certificate)):
        assert certificates.pdf(certificate).startswith(b"%PDF-")


def test_the_worker_finds_nothing_to_send(loaded: Flask) -> None:
    assert set(db.session.scalars(select(SmsMessage.status))) == {SmsStatus.SENT}
    filed = db.session.scalars(select(SmsMessage.text).where(SmsMessage.purpose.in_(("聘书生成", "聘书换发")))).all()
    numbers = db.session.scalars(select(Certificate.number)).all()
    assert len(filed) == len(numbers)
    assert all(any(number in text for text in filed) for number in numbers)


def test_one_question_is_answered_and_one_waits(loaded: Flask) -> None:
    assert sorted(row.state for row in db.session.scalars(select(Feedback))) == [
        FeedbackState.ANSWERED,
        FeedbackState.OPEN,
    ]


def test_loading_twice_changes_nothing(loaded: Flask) -> None:
    before = everything()
    samples.load()
    assert everything() == before


def test_people_are_possible_and_printable() -> None:
    found = people.everybody()
    assert len(found) >= 40
    assert len({person.id_number for person in found}) == len({person.mobile for person in found}) == len(found)
    for person in found:
        identity = parse_id_number(person.id_number, today_in_shanghai())
        assert (identity.birth_date, identity.sex) == (person.born, person.sex)
        assert fonts.missing_characters(person.name + person.employer) == ""
    names = [person.name for person in found]
    assert any("·" in name for name in names)
    assert any(ord(character) > 0xFFFF for name in names for character in name), "beyond the BMP"
    assert any(len(name) == 2 for name in names)


def test_the_password_will_do() -> None:
    assert password_problem(samples.PASSWORD, about=[o.username for o in officials.OFFICIALS]) is None


def test_pictures_are_the_same_each_time() -> None:
    assert pictures.portrait(7, woman=True) == pictures.portrait(7, woman=True)
    assert pictures.portrait(7, woman=True) != pictures.portrait(8, woman=True)


@pytest.mark.one_database
def test_production_refuses(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "APP_ENV", "production")
    before = everything()
    with pytest.raises(NotAllowed, match="生产环境"):
        samples.load()
    assert everything() == before


def test_an_unseeded_database_is_told_what_to_run(
    make_app: Callable[[str], Flask], empty_database: Callable[[str, str], str]
) -> None:
    app = make_app(empty_database(databases.SQLITE, "unseeded"))
    with app.app_context():
        flask_migrate.upgrade()
        with pytest.raises(Conflict, match=r"seed_taxonomy\.py"):
            samples.load()
        db.engine.dispose()


def actor(username: str) -> Any:
    return actors.actor_of(db.session.scalars(select(Account).where(Account.username == username)).one())
