from datetime import datetime

import pytest
from django.utils import timezone

from tests.factories.accounts import give_health_consent, make_patient, make_user
from tests.factories.booking import Account
from wechat.emulator.testing import Emulator, emulator, emulator_keys_folder

__all__ = ["emulator", "emulator_keys_folder"]


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def li(emulator: Emulator) -> Account:
    """A person whom WeChat knows, with one patient."""
    user = make_user(openid=emulator.openid("li"), appid=emulator.keys.appid)
    account = Account(user, make_patient(user=user))
    give_health_consent(user=user, patient=account.patient)
    return account
