from django.urls import path

from hospitals.api import pages, places, views

urlpatterns = [
    path("hospitals", views.HospitalListView.as_view(), name="hospital-list"),
    path("hospitals/<slug:code>", views.HospitalDetailView.as_view(), name="hospital-detail"),
    path("hospitals/<slug:code>/page", pages.HospitalPageView.as_view(), name="hospital-page"),
    path("hospitals/<slug:code>/departments", views.HospitalDepartmentsView.as_view(), name="hospital-departments"),
    path("hospitals/<slug:code>/doctors", views.HospitalDoctorsView.as_view(), name="hospital-doctors"),
    path("departments", places.PlacesView.as_view(), name="subject-departments"),
    path("departments/<int:pk>/availability", views.DepartmentAvailabilityView.as_view(), name="department-availability"),
    path("doctors/<int:pk>", views.DoctorDetailView.as_view(), name="doctor-detail"),
    path("sessions", views.SessionListView.as_view(), name="session-list"),
    path("sessions/<int:pk>/slots", views.SessionSlotsView.as_view(), name="session-slots"),
]
