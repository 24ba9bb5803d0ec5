"""What JSON the API reads. DRF's own parser reads without end, a deeply nested body exhausts Python's stack, and half a
surrogate pair (`"\\ud800"`) can be neither stored nor echoed in an error."""

import io
import json
from collections.abc import Mapping
from typing import IO, Any

from django.core.exceptions import RequestDataTooBig
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

# The largest honest request is a few kilobytes.
LARGEST_BODY_BYTES = 64 * 1024


class BoundedJSONParser(JSONParser):
    """JSON of a sensible depth and in whole characters; anything else is ParseError, a 400.

    More than LARGEST_BODY_BYTES is RequestDataTooBig, a 413, as Django itself says of bodies that it does not even read.
    """

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        body = stream.read(LARGEST_BODY_BYTES + 1)
        if len(body) > LARGEST_BODY_BYTES:
            raise RequestDataTooBig("too large")
        try:
            parsed = super().parse(io.BytesIO(body), media_type, parser_context)
            if b"\\u" in body:
                json.dumps(parsed, ensure_ascii=False).encode()
        except RecursionError as error:
            raise ParseError("nested too deeply") from error
        except UnicodeEncodeError as error:
            raise ParseError("half a surrogate pair") from error
        if parsed is None:
            # To a serializer None means no body at all, of which it complains in English.
            raise ParseError("null")
        return parsed
