"""A hospital's past appointments, from a CSV of its own layout into closed appointments."""

from booking.imports.csv_file import BadImportFile
from booking.imports.history import ImportRefused, ImportResult, Progress, import_history
from booking.imports.layout import BadLayout, Layout, load_layout, shipped_layouts
from booking.imports.rows import Remark

__all__ = [
    "BadImportFile",
    "BadLayout",
    "ImportRefused",
    "ImportResult",
    "Layout",
    "Progress",
    "Remark",
    "import_history",
    "load_layout",
    "shipped_layouts",
]
