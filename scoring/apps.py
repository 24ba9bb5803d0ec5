from django.apps import AppConfig


class ScoringConfig(AppConfig):
    name = "scoring"
    verbose_name = "履约评分"

    def ready(self) -> None:
        # Models can be imported from here on only.
        from accounts.personal_data import Contributor, register
        from scoring.personal_data import forget_uploaded, uploaded_parts

        register(Contributor("scoring", export=uploaded_parts, erase=forget_uploaded))
