from hospitals.models import ClinicSession


class WhatIf(ClinicSession):
    """A page of the admin's menu, a list of nothing: two simulated sessions side by side."""

    class Meta:
        proxy = True
        verbose_name = "门诊推演"
        verbose_name_plural = "门诊推演"
        default_permissions = ()
