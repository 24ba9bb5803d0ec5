"""How many sessions are solved together."""

from collections.abc import Iterator

# As many as keep one table within the processor's cache.
_BATCH_CELLS = 2**16
_LARGEST_BATCH = 128


def batches(members: list[int], rated: int, rows: int) -> Iterator[list[int]]:
    """`members` in pieces, for sessions of N = `rated` on tables of `rows` seats beyond N."""
    size = max(1, min(_LARGEST_BATCH, _BATCH_CELLS // (rated * (rated + rows))))
    for start in range(0, len(members), size):
        yield members[start : start + size]
