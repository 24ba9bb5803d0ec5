from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "账户与就诊人"

    def ready(self) -> None:
        # Models can be imported from here on only.
        from accounts.personal_data import Contributor, register
        from accounts.services.deletion import erase_identity
        from accounts.services.export import accounts_parts

        register(Contributor("accounts", export=accounts_parts, erase=erase_identity))
