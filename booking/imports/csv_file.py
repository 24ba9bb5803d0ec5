"""The records of a CSV file, plain or gzip, in UTF-8 or GB18030, one after the other with their line numbers."""

import codecs
import csv
import gzip
import io
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

ENCODINGS = ("utf-8-sig", "gb18030")
CHUNK_BYTES = 1 << 20
GZIP_MAGIC = b"\x1f\x8b"


class BadImportFile(ValueError):
    """A file that cannot be read as a whole; the message is one line for the operator."""


@dataclass(frozen=True, slots=True)
class Record:
    """The fields of one record, or why there are none. `line` is where it begins, counted from 1 as an editor does."""

    line: int
    fields: list[str]
    problem: str = ""


class CsvFile:
    """An open file: `header`, then `records()` once. `share_read` tells how much of it has been consumed."""

    def __init__(self, text: io.TextIOWrapper, raw: BinaryIO, size_bytes: int) -> None:
        self._raw = raw
        self._size_bytes = size_bytes
        # strict: a quote that is never closed is an error of its record instead of swallowing the rest in silence.
        self._reader = csv.reader(text, strict=True)
        try:
            self.header = [title.strip() for title in next(self._reader, [])]
        except csv.Error as error:
            raise BadImportFile(f"line 1: {error}") from error
        if not self.header:
            raise BadImportFile("the file is empty or does not begin with a header")

    def records(self) -> Iterator[Record]:
        """Every record below the header; blank lines are passed over."""
        while True:
            line = self._reader.line_num + 1
            try:
                fields = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                through = self._reader.line_num
                upto = f" (read on to line {through})" if through > line else ""
                yield Record(line, [], f"not a CSV record: {error}{upto}")
                continue
            if not fields:
                continue
            if len(fields) != len(self.header):
                yield Record(line, [], f"{len(fields)} fields instead of {len(self.header)}")
            elif any("\x00" in field for field in fields):
                yield Record(line, [], "a NUL character")
            else:
                yield Record(line, [field.strip() for field in fields])

    @property
    def share_read(self) -> float:
        return min(1.0, self._raw.tell() / self._size_bytes) if self._size_bytes else 1.0


@contextmanager
def open_csv(path: Path) -> Iterator[CsvFile]:
    """Open a CSV for reading. Raises BadImportFile where it cannot be read, decompressed or decoded, also while in use."""
    try:
        with path.open("rb") as raw:
            encoding = _encoding(raw)
            raw.seek(0)
            with io.TextIOWrapper(_unpacked(raw), encoding=encoding, newline="") as text:
                yield CsvFile(text, raw, os.fstat(raw.fileno()).st_size)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise BadImportFile(f"{path.name} is not a whole gzip file: {error}") from error
    except OSError as error:
        raise BadImportFile(f"cannot read {path.name}: {error.strerror or error}") from error


def _unpacked(raw: BinaryIO) -> BinaryIO | gzip.GzipFile:
    """By what the file is, not by what it is called."""
    packed = raw.read(len(GZIP_MAGIC)) == GZIP_MAGIC
    raw.seek(0)
    return gzip.GzipFile(fileobj=raw) if packed else raw


def _encoding(raw: BinaryIO) -> str:
    """The first encoding in which the whole file makes sense. One quick pass, so that no row is ever read wrongly."""
    for encoding in ENCODINGS:
        raw.seek(0)
        decoder = codecs.getincrementaldecoder(encoding)()
        content = _unpacked(raw)
        try:
            while chunk := content.read(CHUNK_BYTES):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    raise BadImportFile("the file is neither UTF-8 nor GB18030")
