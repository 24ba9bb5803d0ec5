"""What the API reads. DRF's own JSON parser reads without end, a deeply nested body exhausts Python's stack, and half a surrogate
pair (`"\\ud800"`) can be neither stored nor echoed in an error. Its multipart parser puts what it is sent on the disk."""

import io
import json
from collections.abc import Mapping
from typing import IO, Any

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from rest_framework.exceptions import ParseError
from rest_framework.parsers import DataAndFiles, JSONParser, MultiPartParser

# The largest honest request without pictures is a few kilobytes.
LARGEST_BODY_BYTES = 64 * 1024
# Five pictures of 5 MB with their headers, and room to say which one is too large rather than that all is.
LARGEST_UPLOAD_BYTES = 32 * 1024 * 1024


class BoundedJSONParser(JSONParser):
    """JSON up to LARGEST_BODY_BYTES, of a sensible depth and in whole characters; anything else is ParseError, a 400."""

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        body = stream.read(LARGEST_BODY_BYTES + 1)
        if len(body) > LARGEST_BODY_BYTES:
            raise ParseError("too large")
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


class BoundedMultiPartParser(MultiPartParser):
    """Multipart up to LARGEST_UPLOAD_BYTES, kept in memory: a patient's pictures never lie on the disk as they came.

    Too much of anything is RequestDataTooBig, a 413.
    """

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> DataAndFiles:
        request = (parser_context or {})["request"]
        try:
            announced = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError as error:
            raise ParseError("no length") from error
        # What is announced is what the server reads.
        if announced > LARGEST_UPLOAD_BYTES:
            raise RequestDataTooBig("too large")
        request.upload_handlers = [InMemory(request)]
        try:
            return super().parse(stream, media_type, parser_context)
        except (TooManyFieldsSent, TooManyFilesSent) as error:
            raise RequestDataTooBig("too many parts") from error


class InMemory(FileUploadHandler):
    """Keeps each file as bytes, within a request that BoundedMultiPartParser has found small enough."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._parts: list[bytes] = []

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._parts.append(raw_data)

    def file_complete(self, file_size: int) -> SimpleUploadedFile:
        return SimpleUploadedFile(str(self.file_name), b"".join(self._parts), self.content_type or "")
