"""The mini-program starts, lists what the backend has, and signs its person in."""

from accounts.models import User, WeChatIdentity
from tests.factories.hospitals import make_hospital
from tests.miniprogram.conftest import Node
from wechat.emulator.testing import Emulator


def test_the_mini_program_runs_against_the_backend(node: Node, wechat: Emulator) -> None:
    make_hospital(code="first", name="云栖测试医院")
    make_hospital(code="second", name="松岭测试医院")

    report = node.test("smoke/smoke.test.mjs")

    assert "ℹ pass 3\n" in report
    assert "ℹ skipped 0\n" in report
    # One person came, by WeChat, and only those who looked at what is theirs.
    assert [identity.openid for identity in WeChatIdentity.objects.all()] == [wechat.openid("smoke")]
    assert User.objects.count() == 1
