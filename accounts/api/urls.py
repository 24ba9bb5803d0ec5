"""Under /api/v1/."""

from django.urls import path

from accounts.api import auth_views, consent_texts, personal_data, views

urlpatterns = [
    path("auth/wechat-login", auth_views.WeChatLoginView.as_view(), name="wechat-login"),
    path("auth/sms-code", auth_views.SmsCodeView.as_view(), name="sms-code"),
    path("auth/sms-login", auth_views.SmsLoginView.as_view(), name="sms-login"),
    path("auth/refresh", auth_views.RefreshView.as_view(), name="refresh"),
    path("auth/logout", auth_views.LogoutView.as_view(), name="logout"),
    path("auth/phone", auth_views.PhoneView.as_view(), name="bind-phone"),
    path("me", views.MeView.as_view(), name="me"),
    path("me/export", personal_data.ExportView.as_view(), name="me-export"),
    path("patients", views.PatientsView.as_view(), name="patients"),
    path("patients/<int:patient_id>", views.PatientView.as_view(), name="patient"),
    path("consent-texts", consent_texts.ConsentTextsView.as_view(), name="consent-texts"),
    path("consents", views.ConsentsView.as_view(), name="consents"),
    path("consents/<int:consent_id>/withdraw", views.ConsentWithdrawView.as_view(), name="consent-withdraw"),
]
