"""The page at `/`: orders with their payment sheet, refunds, messages, notifications."""

from functools import lru_cache
from pathlib import Path

from django.template import Context, Engine, Template

from wechat.emulator import overview
from wechat.emulator.http import Answer, Request, Route
from wechat.emulator.world import World


def page(world: World, request: Request) -> Answer:
    context = {
        "orders": overview.orders(world),
        "refunds": overview.refunds(world),
        "messages": overview.messages(world),
        "notifications": overview.notifications(world),
        "appid": world.keys.appid,
        "mchid": world.keys.mchid,
    }
    html = _template().render(Context(context, use_l10n=False, use_tz=False))
    answer = Answer(200, html.encode(), "text/html; charset=utf-8")
    answer.headers["Cache-Control"] = "no-store"
    return answer


@lru_cache(maxsize=1)
def _template() -> Template:
    return Engine(dirs=[str(Path(__file__).parent)]).get_template("page.html")


ROUTES = (Route("GET", r"/", page),)
