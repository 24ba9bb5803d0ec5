"""The platform's own view of accounts and patients. A hospital's staff meet patients through their appointments."""

from django.contrib import admin
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from accounts.admin import patients, records, users

__all__ = ["patients", "records", "users"]

# Machinery: nothing there is for people.
admin.site.unregister([OutstandingToken, BlacklistedToken])
