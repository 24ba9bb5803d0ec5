"""What comes in as multipart. DRF's own parser reads without end and puts large files on the disk."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from rest_framework.exceptions import ParseError
from rest_framework.parsers import DataAndFiles, MultiPartParser

# Five pictures of 5 MB with their headers, and room to say which one is too large rather than that all is.
LARGEST_UPLOAD_BYTES = 32 * 1024 * 1024


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
