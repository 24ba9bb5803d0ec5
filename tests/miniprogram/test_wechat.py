"""What WeChat does for a person reaches the backend: through the mini-program's own client, with the emulator as WeChat."""

from datetime import date

from django.conf import settings
from django.utils import timezone

from accounts.models import User
from booking.models import Appointment, AppointmentStatus
from tests.factories.accounts import valid_resident_id
from tests.factories.booking import make_clinic_now
from tests.miniprogram.conftest import Node
from wechat.emulator.testing import Emulator


def test_a_person_signs_in_books_pays_and_binds_a_phone(node: Node, wechat: Emulator) -> None:
    session = make_clinic_now(now=timezone.now(), fee_fen=2500)
    template = settings.WECHAT["subscribe_templates"]["booked"]

    report = node.test(
        "smoke/wechat.test.mjs",
        YUEZHEN_SLOT=str(session.slots.order_by("starts_at")[0].pk),
        YUEZHEN_TEMPLATE=template,
        YUEZHEN_DOCUMENT=valid_resident_id(date(1990, 1, 31), "female"),
    )

    assert "ℹ pass 1\n" in report
    assert wechat.deliver() == 1
    # Tapped twice with one key: booked once, and paid.
    (appointment,) = Appointment.objects.all()
    assert appointment.status == AppointmentStatus.BOOKED
    (user,) = User.objects.all()
    assert user.masked_phone == "139****9000"
    with wechat.world.store.transaction() as db:
        (row,) = db.execute("SELECT openid, left_over FROM subscription WHERE template_id = ?", (template,)).fetchall()
    assert tuple(row) == (wechat.openid("周小舟"), 1)
