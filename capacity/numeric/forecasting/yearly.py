"""The yearly season of a long history: two waves a year, estimated beside weekday means and a slowly bending level."""

import numpy as np

WEEK = 7
YEAR = 365.25
# Two full years: with less, a wave cannot be told from a change of the level.
LEAST_DAYS = 730
WAVES = 2
# Ridge weights, in days: the level may bend each half year, but not for the noise of a few weeks; a wave must show in many.
BEND_WEIGHT = 5.0
WAVE_WEIGHT = 300.0
HALF_YEAR = 182


def yearly_wave(values: np.ndarray, *, first_weekday: int, days: int) -> np.ndarray:
    """The yearly part of `values` (shape (n,), without gaps), carried on to `days` days. Shape (days,), mean about nought."""
    t = np.arange(values.size)
    weekday = np.eye(WEEK)[(t + first_weekday) % WEEK]
    bends = np.maximum(t[:, None] - np.arange(0, values.size, HALF_YEAR), 0) / YEAR
    waves = _waves(t)
    design = np.hstack([weekday, bends, waves])
    ridge = np.concatenate([np.full(WEEK, 1e-6), np.full(bends.shape[1], BEND_WEIGHT), np.full(waves.shape[1], WAVE_WEIGHT)])
    found = np.linalg.solve(design.T @ design + np.diag(ridge), design.T @ values)
    return _waves(np.arange(days)) @ found[-waves.shape[1] :]


def _waves(t: np.ndarray) -> np.ndarray:
    angles = 2 * np.pi * np.arange(1, WAVES + 1) * t[:, None] / YEAR
    return np.hstack([np.cos(angles), np.sin(angles)])
