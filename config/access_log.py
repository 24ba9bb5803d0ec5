"""How the web server's access log is written: one line a request, whatever the client put into the address."""

import logging
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

# For granian's --log-config: the formatter below on its access logger.
CONFIGURATION = Path(__file__).with_suffix(".json")
# Harmless in a path; the percent sign is not, as granian hands over what it has decoded.
SAFE = "/:@!$&'()*+,;=~-._"


class QuotedPathFormatter(logging.Formatter):
    """Encodes the decoded path again, so that %0A cannot forge a line and a quotation mark cannot forge a field."""

    def format(self, record: logging.LogRecord) -> str:
        if isinstance(record.args, Mapping) and "path" in record.args:
            record.args = {**record.args, "path": quote(str(record.args["path"]), safe=SAFE)}
        return super().format(record)
