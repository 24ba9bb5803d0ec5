"""Pictures of every page, in light, dark and large type, of what comes and goes on pages, and a sheet of the most important ones:
`make screenshots`.

No test: pytest does not collect it by itself. It uses the harness of the tests, with the demo's hospitals and no history.
"""

from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from notifications.services.collecting import collect_messages
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


def test_every_page_is_photographed(phones: Phones, paths: dict[str, str], tmp_path: Path) -> None:
    camera = Camera(phones, tmp_path)
    for mode in MODES:
        phone = camera.phone("周小舟", mode)
        for name, path in paths.items():
            phone.opens(path)
            camera.take(phone, mode, name)
    photograph_states(camera, paths)
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


def photograph_states(camera: Camera, paths: dict[str, str]) -> None:
    """Pages before they have anything to show, when they fail, and what lies above them."""
    _photograph_sheets(camera, camera.phone("周小舟"), paths)
    newcomer = camera.phone("沈初见")
    for name in ("visits", "patients", "appeals", "waitlist", "messages"):
        newcomer.opens(paths[name])
        camera.take(newcomer, STATES, f"{name}-empty")
    newcomer.opens(paths["home"])
    newcomer.tap("按距离排列")
    newcomer.sees("用户隐私保护提示")
    camera.take(newcomer, STATES, "privacy-asked")
    newcomer.tap("同意")
    newcomer.sees("获取你的模糊位置信息")
    camera.take(newcomer, STATES, "place-asked")
    for mode in MODES:
        offline = camera.phone("郑安", mode, network="none")
        offline.sees("网络不可用")
        camera.take(offline, STATES, f"failed-{mode}")
    loading = camera.phone("郑安")
    loading.stall()
    for name in ("home", "visit"):
        loading.opens(paths[name])
        camera.take(loading, STATES, f"{name}-loading", while_loading=True)


def _photograph_sheets(camera: Camera, phone: Phone, paths: dict[str, str]) -> None:
    phone.opens(paths["visits"])
    phone.tap("历史")
    phone.sees("失约")
    camera.take(phone, STATES, "visits-past")
    phone.opens(paths["pay"])
    phone.tap("继续支付")
    phone.sees("不支付")
    camera.take(phone, STATES, "payment-sheet")
    phone.opens(paths["visit"])
    phone.tap("取消预约")
    phone.sees("挂号费全额退回")
    camera.take(phone, STATES, "cancel-asked")
    phone.opens(paths["suspended"])
    phone.tap("由替诊医生接诊")
    phone.sees("确认")
    camera.take(phone, STATES, "substitute-asked")
    phone.opens(paths["result"])
    phone.tap("开启")
    phone.sees("允许")
    camera.take(phone, STATES, "messages-asked")
    phone.opens(paths["patient-new"])
    phone.write("18 位身份证号", "110101199001011234")
    phone.tap("保存")
    phone.sees("请填写姓名")
    phone.misses("请检查标红的内容")
    camera.take(phone, STATES, "patient-refused")


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
