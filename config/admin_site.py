from django.contrib.admin import AdminSite


class YuezhenAdminSite(AdminSite):
    site_title = "约诊管理后台"
    site_header = "约诊 · 医院管理后台"
    index_title = "工作台"
    empty_value_display = "—"
