"""The whole of it for each test: phones in Chromium, the web server, PostgreSQL, and WeChat beside them."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import resolve
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from accounts.models import Relationship
from hospitals.models import ClinicSession, Department, Hospital
from tests.booking.books import check_books
from tests.e2e.phones import Phone, Phones
from tests.factories.accounts import give_health_consent, make_patient, make_user
from tests.factories.booking import Account, make_clinic
from tests.factories.hospitals import make_department, make_hospital
from tests.miniprogram.conftest import missing
from wechat.emulator.keys import emulator_settings, load_or_create_keys
from wechat.emulator.server import running_emulator
from wechat.emulator.store import Store
from wechat.emulator.testing import Emulator, emulator_keys_folder
from wechat.emulator.world import World
from wechat.miniprogram.token import forget_token

__all__ = ["emulator_keys_folder"]


@pytest.fixture(scope="session")
def emulated(emulator_keys_folder: Path) -> Iterator[Emulator]:
    """WeChat for all tests of the run, so that the browser may stay: people and orders of another test do no harm.

    Notifications wait until a test delivers them.
    """
    world = World(load_or_create_keys(emulator_keys_folder), Store(None), refund_seconds=0.0)
    with running_emulator(world, deliver=False) as base_url:
        yield Emulator(world, base_url)
    world.store.close()


@pytest.fixture(scope="session")
def browser(live_server: LiveServer, emulated: Emulator) -> Iterator[Phones]:
    reason = missing()
    if reason is not None:
        pytest.skip(reason)
    # The first test would pay for it: all that answers requests is imported by its address.
    resolve("/api/v1/hospitals")
    phones = Phones(backend=live_server.url, emulator=emulated.base_url)
    yield phones
    phones.end()


@pytest.fixture
def wechat(emulated: Emulator, emulator_keys_folder: Path, live_server: LiveServer, settings: Any) -> Emulator:
    settings.WECHAT = emulator_settings(emulator_keys_folder, emulated.base_url, live_server.url)
    forget_token(emulated.keys.appid)
    with emulated.world.store.transaction() as db:
        db.execute("DELETE FROM notification")  # of orders that another test made
    return emulated


@pytest.fixture
def phones(transactional_db: None, wechat: Emulator, browser: Phones) -> Iterator[Phones]:
    """Opens phones; none of them may have done what a real one refuses, and the books balance in the end."""
    yield browser
    assert browser.put_away() == []
    check_books()


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def known(wechat: Emulator) -> Callable[..., Account]:
    """Makes somebody who has used the mini-program before, and has themselves as patient."""

    def make(person: str = "周小舟", **patient: Any) -> Account:
        user = make_user(openid=wechat.openid(person), appid=wechat.keys.appid)
        account = Account(user, make_patient(user=user, name=person, relationship=Relationship.SELF, **patient))
        give_health_consent(user=user, patient=account.patient)
        return account

    return make


@pytest.fixture
def hospital(transactional_db: None) -> Hospital:
    return make_hospital(code="nearby", name="云栖示范医院", latitude=30.28, longitude=120.15)


@pytest.fixture
def department(hospital: Hospital) -> Department:
    return make_department(hospital=hospital, name="心血管内科")


@pytest.fixture
def clinic(department: Department, now: datetime) -> ClinicSession:
    """A morning in three days, at 25 yuan."""
    return make_clinic(visit_date=timezone.localdate(now) + timedelta(days=3), department=department, fee_fen=2500)


@pytest.fixture
def account(known: Callable[..., Account]) -> Account:
    """周小舟, who has used the mini-program before."""
    return known("周小舟")


@pytest.fixture
def phone(phones: Phones, account: Account, clinic: ClinicSession) -> Phone:
    """Theirs, opened when the clinic is there."""
    return phones.open("周小舟")
