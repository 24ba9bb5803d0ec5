import logging
from http import HTTPStatus


class QuietRefusals(logging.Filter):
    """Leaves out the traceback of a 403: Django logs one for each page that staff may not open. Errors keep theirs."""

    def filter(self, record: logging.LogRecord) -> bool:
        if getattr(record, "status_code", None) == HTTPStatus.FORBIDDEN:
            record.exc_info = record.exc_text = None
        return True
