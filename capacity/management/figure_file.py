"""A matplotlib figure as the bytes of a file."""

import io
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure


def figure_file(figure: Figure, path: Path, *, dpi: int) -> bytes:
    """In the format that the name of `path` ends in. The same figure gives the same bytes."""
    ending, file = path.suffix.lower(), io.BytesIO()
    metadata = {"Date": None} if ending == ".svg" else {"Software": None}
    with matplotlib.rc_context({"svg.hashsalt": "plot", "svg.fonttype": "path"}):
        figure.savefig(file, format=ending[1:], dpi=dpi, metadata=metadata)
    return file.getvalue()
