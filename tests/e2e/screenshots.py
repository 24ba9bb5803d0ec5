"""Pictures of every page, in light, dark and large type, of what comes and goes on pages, and a sheet of the most important ones:
`make screenshots`.

No test: pytest does not collect it by itself. It uses the harness of the tests, with the demo's hospitals and no history.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from PIL import Image

from booking.models import Tier
from hospitals.models import ClinicSession, Hospital
from notifications.services.collecting import collect_messages
from tests.booking.rated import rate
from tests.e2e.phones import Phone, Phones
from tests.e2e.scenery import Scenery, arrive, found_town, middle
from tests.factories.booking import Account
from wechat.emulator.testing import Emulator

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
MODES: dict[str, dict[str, Any]] = {
    "light": {"theme": "light"},
    "dark": {"theme": "dark"},
    "elder": {"theme": "light", "font": 23},
}
STATES = "states"
PLACE = "30.27,120.15"
# All pictures together stay under three megabytes: anti-aliased letters on plain grounds lose little by it.
WIDTH, COLOURS = 350, 32
SHEET_WIDTH, SHEET_COLOURS, GAP = 234, 128, 12
ON_THE_SHEET = (
    ("light/home", "light/hospital", "light/department", "light/slots", "light/confirm", "light/pay"),
    ("dark/visit", "dark/waiting", "dark/code", "elder/home", "elder/confirm", "elder/standing"),
)


@pytest.fixture
def paths(
    transactional_db: None, account: Account, wechat: Emulator, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """Name of the picture → the page."""
    hospital = found_town(now, monkeypatch)[0]
    scenery = Scenery(account, hospital, wechat, now)
    mother, department = scenery.mother, scenery.department
    missed = scenery.past()
    free = next(scenery.clinics)
    booked, suspended = scenery.paid(account), scenery.suspended()
    unpaid, released = scenery.unpaid(mother), scenery.released(mother)
    full = scenery.full()
    entry, offered = scenery.waits(account, full), scenery.offered(mother)
    waiting = scenery.today("呼吸内科", "顾清和", account, before=3)
    at_the_door = scenery.today("妇产科", "许星晚", mother)
    arrive(waiting, now)
    collect_messages(now=now)
    of = f"patient={account.patient.pk}&hospital={hospital.code}"
    doctor = booked.session.doctor
    assert doctor is not None
    return {
        "home": "/pages/home/index",
        "visits": "/pages/visits/index",
        "me": "/pages/me/index",
        "hospital": f"/packages/booking/hospital/index?code={hospital.code}",
        "guide": "/packages/guide/index/index",
        "guide-symptoms": "/packages/guide/symptoms/index?who=woman&part=chest",
        "guide-result": "/packages/guide/result/index?who=woman&symptoms=palpitation,cough",
        "guide-urgent": "/packages/guide/result/index?who=woman&alarms=heart",
        "department": f"/packages/booking/department/index?id={department.pk}&name=心血管内科&hospital={hospital.code}",
        "doctor": f"/packages/booking/doctor/index?id={doctor.pk}",
        "slots": f"/packages/booking/slots/index?session={free.pk}",
        "slots-full": f"/packages/booking/slots/index?session={full.pk}",
        "confirm": f"/packages/booking/confirm/index?slot={middle(free)}",
        "pay": f"/packages/booking/pay/index?code={unpaid.code}",
        "pay-released": f"/packages/booking/pay/index?code={released.code}",
        "result": f"/packages/booking/result/index?code={booked.code}",
        "visit": f"/packages/visit/detail/index?code={booked.code}",
        "visit-missed": f"/packages/visit/detail/index?code={missed.code}",
        "suspended": f"/packages/visit/detail/index?code={suspended.code}",
        "waiting": f"/packages/visit/detail/index?code={waiting.code}",
        "move": f"/packages/visit/move/index?code={booked.code}",
        "code": f"/packages/visit/code/index?code={at_the_door.code}",
        "patients": "/packages/patients/list/index",
        "patient": f"/packages/patients/detail/index?id={mother.patient.pk}",
        "patient-new": "/packages/patients/edit/index",
        "standing": f"/packages/standing/index/index?{of}",
        "standing-history": f"/packages/standing/history/index?{of}",
        "perks": f"/packages/standing/perks/index?{of}",
        "review": f"/packages/standing/review/index?{of}",
        "appeals": "/packages/standing/appeals/index",
        "appeal": f"/packages/standing/appeal/index?appointment={missed.code}",
        "waitlist": "/packages/waitlist/list/index",
        "waitlist-join": f"/packages/waitlist/join/index?session={full.pk}",
        "waitlist-entry": f"/packages/waitlist/detail/index?id={entry.pk}",
        "waitlist-offered": f"/packages/waitlist/detail/index?id={offered.pk}",
        "messages": "/packages/messages/list/index",
        "privacy": "/packages/account/privacy/index",
        "consents": "/packages/account/consents/index",
        "consent-text": "/packages/account/text/index?kind=privacy",
        "export": "/packages/account/export/index",
        "delete": "/packages/account/delete/index",
        "phone": "/packages/account/phone/index",
        "settings": "/packages/account/settings/index",
        "about": "/packages/account/about/index",
    }


@pytest.fixture
def closed(paths: dict[str, str], known: Callable[..., Account], now: datetime) -> dict[str, str]:
    """As above, of a hot clinic in the week after next, to 陆遥, whose tier may not book it."""
    hospital = Hospital.objects.get(code=paths["hospital"].rsplit("=", 1)[1])
    day = timezone.localdate(now) + timedelta(days=10)
    hot = ClinicSession.objects.filter(hospital=hospital, visit_date=day, doctor__isnull=False).earliest("pk")
    ClinicSession.objects.filter(pk=hot.pk).update(is_hot=True, releases_at=now)
    rate(known("陆遥"), hospital, Tier.D, now=now)
    return {
        "department-closed": f"/packages/booking/department/index?id={hot.department_id}&date={day}",
        "slots-closed": f"/packages/booking/slots/index?session={hot.pk}",
    }


# Hundreds of pictures.
@pytest.mark.timeout(3600)
def test_every_page_is_photographed(phones: Phones, paths: dict[str, str], closed: dict[str, str], tmp_path: Path) -> None:
    camera = Camera(phones, tmp_path)
    for mode in MODES:
        phone = camera.phone("周小舟", mode)
        for name, path in paths.items():
            phone.opens(path)
            camera.take(phone, mode, name)
    photograph_states(camera, paths | closed)
    camera.develop()
    assert camera.problems == []


class Camera:
    """Takes pictures, and keeps them until all are there."""

    def __init__(self, phones: Phones, folder: Path) -> None:
        self.phones, self.folder = phones, folder
        self.problems: list[str] = []

    def phone(self, person: str, mode: str = "light", **options: Any) -> Phone:
        return self.phones.open(person, scale=2, place=PLACE, **MODES[mode], **options)

    def take(self, phone: Phone, kind: str, name: str, **options: Any) -> None:
        phone.picture(str(self.folder / f"{kind}-{name}.png"), **options)
        self.problems += [f"{kind}/{name}: {problem}" for problem in phone.problems()]

    def develop(self) -> None:
        """Put the pictures into the folder, in place of those that are there, and the sheet beside them."""
        files = sorted(self.folder.glob("*.png"))
        pictures = {file.stem.replace("-", "/", 1): Image.open(file).convert("RGB") for file in files}
        for kind in (*MODES, STATES):
            (FOLDER / kind).mkdir(parents=True, exist_ok=True)
            for old in (FOLDER / kind).glob("*.png"):
                old.unlink()
        for name, picture in pictures.items():
            few(small(picture, WIDTH), COLOURS).save(FOLDER / f"{name}.png", optimize=True)
        few(sheet(pictures), SHEET_COLOURS).save(FOLDER / "overview.png", optimize=True)


@dataclass(frozen=True)
class State:
    """A picture of what a page shows at times: opened, then what is done there, which ends with what is seen."""

    name: str
    page: str
    steps: Sequence[Callable[[Phone], None]] = ()
    modes: Sequence[str] = ("light",)


def tap(*texts: str) -> Callable[[Phone], None]:
    return lambda phone: phone.tap(*texts)


def sees(text: str) -> Callable[[Phone], None]:
    return lambda phone: phone.sees(text)


def write(placeholder: str, text: str) -> Callable[[Phone], None]:
    return lambda phone: phone.write(placeholder, text)


# For what is our own: WeChat draws its sheets itself, in one size of type.
EVERY = tuple(MODES)
# Of somebody who has everything.
SHEETS = (
    State("visits-past", "visits", [tap("历史"), sees("失约")]),
    State("payment-sheet", "pay", [tap("继续支付"), sees("不支付")]),
    State("cancel-asked", "visit", [tap("取消预约"), sees("挂号费全额退回")]),
    State("substitute-asked", "suspended", [tap("由替诊医生接诊"), sees("确认")]),
    State("messages-asked", "result", [tap("开启"), sees("允许")], EVERY),
    State(
        "patient-refused",
        "patient-new",
        [
            write("18 位身份证号", "110101199001011234"),
            tap("保存"),
            sees("请填写姓名"),
            lambda phone: phone.misses("请检查标红的内容"),
        ],
        EVERY,
    ),
)
# Of somebody to whose tier a clinic is closed; signed in, as whoever has used it before.
CLOSED = (
    State("closed-doctors", "department-closed", [sees("暂不能在线预约热门号")], EVERY),
    State("closed-slots", "slots-closed", [sees("可以为其他就诊人预约")], EVERY),
)
# Of somebody who has nothing yet.
BEGINNINGS = (
    State("visits-empty", "visits", modes=EVERY),
    State("patients-empty", "patients"),
    State("appeals-empty", "appeals", modes=EVERY),
    State("waitlist-empty", "waitlist"),
    State("messages-empty", "messages"),
)
# The second one follows from the first: to a sheet that is answered no other page is opened.
ASKED = (
    State("privacy-asked", "home", [tap("按距离排列"), sees("用户隐私保护提示")], EVERY),
    State("place-asked", "", [tap("同意"), sees("获取你的模糊位置信息")]),
)
WAITING = ("home", "visit")


def photograph_states(camera: Camera, paths: dict[str, str]) -> None:
    """Pages before they have anything to show, when they fail, and what lies above them."""
    for mode in MODES:
        _photograph(camera, camera.phone("周小舟", mode), mode, SHEETS, paths)
        _photograph(camera, camera.phone("沈初见", mode), mode, (*BEGINNINGS, *ASKED), paths)
        closed_to = camera.phone("陆遥", mode)
        closed_to.tab("我")
        closed_to.sees("D 级")
        _photograph(camera, closed_to, mode, CLOSED, paths)
        offline = camera.phone("郑安", mode, network="none")
        offline.sees("网络不可用")
        camera.take(offline, STATES, f"failed-{mode}")
        loading = camera.phone("郑安", mode)
        loading.stall()
        for name in WAITING:
            loading.opens(paths[name])
            camera.take(loading, STATES, f"{name}-loading-{mode}", while_loading=True)


def _photograph(camera: Camera, phone: Phone, mode: str, states: Iterable[State], paths: dict[str, str]) -> None:
    for state in states:
        if mode not in state.modes:
            continue
        if state.page:
            phone.opens(paths[state.page])
        for step in state.steps:
            step(phone)
        camera.take(phone, STATES, f"{state.name}-{mode}")


def small(picture: Image.Image, width: int) -> Image.Image:
    return picture.resize((width, picture.height * width // picture.width), Image.Resampling.LANCZOS)


def few(picture: Image.Image, colours: int) -> Image.Image:
    """In so many colours: half of them the most frequent ones as they are, which are grounds and words; the others those that
    differ most, for what is rare, as a price, must not drown in shades of grey.
    """
    counted = picture.getcolors(picture.width * picture.height) or []
    frequent = [colour for _, colour in sorted(counted, reverse=True)[: colours // 2] if isinstance(colour, tuple)]
    others = picture.quantize(colours - len(frequent), method=Image.Quantize.MAXCOVERAGE).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette([*chain.from_iterable(frequent), *others])
    return picture.quantize(palette=palette, dither=Image.Dither.NONE)


def sheet(pictures: dict[str, Image.Image]) -> Image.Image:
    rows = [[small(pictures[name], SHEET_WIDTH) for name in row] for row in ON_THE_SHEET]
    height = rows[0][0].height
    size = (GAP + len(rows[0]) * (SHEET_WIDTH + GAP), GAP + len(rows) * (height + GAP))
    page = Image.new("RGB", size, "#8a929c")
    for down, row in enumerate(rows):
        for across, picture in enumerate(row):
            page.paste(picture, (GAP + across * (SHEET_WIDTH + GAP), GAP + down * (height + GAP)))
    return page
