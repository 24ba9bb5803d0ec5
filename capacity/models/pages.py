"""Pages of the admin that stand in its menu and are lists of nothing: proxies, so that roles and addresses are as everywhere."""

from hospitals.models import ClinicSession


class ClinicAnalysis(ClinicSession):
    """One doctor's clinic (a weekday and half day): what its quotas rest on and what they lead to."""

    class Meta:
        proxy = True
        verbose_name = "医生号源分析"
        verbose_name_plural = "医生号源分析"
        default_permissions = ()


class CapacityOverview(ClinicSession):
    """The days ahead by department: seats, who is expected, what waits for the clinic office."""

    class Meta:
        proxy = True
        verbose_name = "号源总览"
        verbose_name_plural = "号源总览"
        default_permissions = ()
