"""Where the demo serves."""

from config.embedded.ports import HOST, free_port

PREVIEW_PATH = "/preview/"


class Addresses:
    """Where the demo serves: the ports asked for, or others where those are taken. Without a port there is no preview."""

    def __init__(self, web_port: int, emulator_port: int, preview_port: int | None = None) -> None:
        self.web_port = free_port(web_port)
        self.emulator_port = free_port(emulator_port)
        self.preview_port = None if preview_port is None else free_port(preview_port)
        self.web = f"http://{HOST}:{self.web_port}"
        self.emulator = f"http://{HOST}:{self.emulator_port}"
        self.preview = f"http://{HOST}:{self.preview_port}{PREVIEW_PATH}" if self.preview_port else ""
        wanted = ((web_port, self.web_port), (emulator_port, self.emulator_port), (preview_port, self.preview_port))
        self.notices = [f"Port {asked} is taken; {got} is used instead." for asked, got in wanted if asked and asked != got]

    def environment(self) -> dict[str, str]:
        """Returns what the processes must know of it (config/settings/local.py)."""
        return {"YUEZHEN_WEB_URL": self.web, "YUEZHEN_EMULATOR_URL": self.emulator, "YUEZHEN_PREVIEW_URL": self.preview}
