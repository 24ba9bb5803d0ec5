from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest

# In the order of a day's work, not of the alphabet.
APPS = ("booking", "hospitals", "capacity", "scoring", "notifications", "accounts", "auth")

# Within an app as well: what is looked at every day first, rules last; those not named here between them, by their names.
FIRST = ("CapacityOverview", "CapacityPlan", "ClinicAnalysis", "SessionComparison", "ForecastSeries")
LAST = ("CapacityPolicy",)


class YuezhenAdminSite(AdminSite):
    site_title = "约诊管理后台"
    site_header = "约诊 · 医院管理后台"
    index_title = "工作台"
    empty_value_display = "—"
    # Patients are in the mini-program: there is no site to view.
    site_url = None

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        found = super().get_app_list(request, app_label)
        place = {label: i for i, label in enumerate(APPS)}
        for app in found:
            app["models"].sort(key=lambda model: _place_in_app(model["object_name"]))
        return sorted(found, key=lambda app: place.get(app["app_label"], len(APPS)))


def _place_in_app(name: str) -> int:
    if name in LAST:
        return len(FIRST) + 1 + LAST.index(name)
    return FIRST.index(name) if name in FIRST else len(FIRST)
