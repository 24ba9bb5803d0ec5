"""Score patients from a file of counts. Needs no database and reads nothing but the file."""

import os
import sys
from argparse import RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from scoring.counts_files import ENCODINGS, BadCountsFile, read_counts
from scoring.management.score_output import csv_pieces, json_pieces, table_pieces
from scoring.numeric import score_many

BAD_INPUT = 2

DESCRIPTION = """\
Compute rates, points, score and tier of each patient from counts of outcomes.

IN is CSV, in UTF-8 or GB18030, or an Excel workbook (.xlsx). It needs the columns
patient,total,fulfilled,unattended,cancelled,missed, in any order and among others
(or 用户编号, 总预约次数, 履约数, 预约未到数, 取消预约数, 失约数).
Rates are percent and, like points, rounded half up to two decimals; points come from the unrounded rates.
A patient without appointments is unrated. Counts that do not sum to the total are scored as they are and
flagged counts_do_not_sum. One bad row refuses the whole file (exit status 2) before anything is printed."""


class Command(BaseCommand):
    help = DESCRIPTION
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="IN", help="the file of counts, CSV or .xlsx, or - for standard input")
        form = parser.add_mutually_exclusive_group()
        form.add_argument("--json", action="store_true", help="one JSON array, an object a patient")
        form.add_argument("--csv", action="store_true", help="CSV with a header; without either flag, a table")
        parser.add_argument("--encoding", choices=ENCODINGS, help="the encoding of CSV (default: found out)")

    def handle(self, *, file: str, json: bool, csv: bool, encoding: str | None, **options: Any) -> None:
        try:
            counts = read_counts(self._content(file), encoding=encoding, on_progress=self._show_progress)
        except BadCountsFile as error:
            raise CommandError(str(error), returncode=BAD_INPUT) from error
        finally:
            self._clear_progress()
        pieces = json_pieces if json else csv_pieces if csv else table_pieces
        try:
            for piece in pieces(counts, score_many(counts.counts)):
                self.stdout.write(piece, ending="")
            self.stdout.flush()
        except BrokenPipeError:
            # The reader has gone (head, a pager). What is still buffered goes nowhere, instead of failing again at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(1)

    def _content(self, file: str) -> bytes:
        if file == "-":
            return sys.stdin.buffer.read()
        try:
            return Path(file).read_bytes()
        except OSError as error:
            raise CommandError(f"cannot read {file}: {error.strerror}", returncode=BAD_INPUT) from error

    def _show_progress(self, rows: int) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r{rows:,} rows read", style_func=str, ending="")
            self.stderr.flush()

    def _clear_progress(self) -> None:
        if self.stderr.isatty():
            self.stderr.write("\r\x1b[K", style_func=str, ending="")
            self.stderr.flush()
