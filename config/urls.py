from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from config.home.views import HomeView
from config.me.views import SummaryView

admin.autodiscover()

api: list[URLPattern | URLResolver] = [
    path("home", HomeView.as_view(), name="home"),
    path("me/summary", SummaryView.as_view(), name="me-summary"),
    path("", include("accounts.api.urls")),
    path("", include("hospitals.api.urls")),
    path("", include("booking.api.urls")),
    path("", include("scoring.api.urls")),
    path("", include("notifications.api.urls")),
    path("schema", SpectacularAPIView.as_view(), name="schema"),
    path("docs", SpectacularSwaggerView.as_view(url_name="schema"), name="docs"),
]

urlpatterns = [
    # Patients come by the mini-program; who opens the bare address is staff.
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("api/v1/", include(api)),
    path("wechat/", include("booking.api.wechat_urls")),
    # For the televisions in the waiting rooms: public, with masked names.
    path("screen/", include("booking.screen.urls")),
]

if preview := getattr(settings, "PREVIEW_URL", ""):
    urlpatterns.append(path("preview/", RedirectView.as_view(url=preview)))

handler404 = "config.api_errors.not_found"
handler500 = "config.api_errors.server_error"
