"""What a file of counts has to have: a column that names the patient, and one for each count."""

from scoring.numeric import OUTCOMES

COUNTS = ("total", *OUTCOMES)
COLUMNS = ("patient", *COUNTS)
TITLES = {
    "patient": "用户编号",
    "total": "总预约次数",
    "fulfilled": "履约数",
    "unattended": "预约未到数",
    "cancelled": "取消预约数",
    "missed": "失约数",
}
_NAME_OF = {title: name for name, title in TITLES.items()} | {name: name for name in COLUMNS}


def column_named(title: str) -> str | None:
    """Which of `COLUMNS` a title of the header means, in English or Chinese; None for a column that is left alone."""
    return _NAME_OF.get(title.strip().removeprefix("\ufeff").lower())
