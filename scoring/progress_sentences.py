"""How far a scoring run is, in words for staff."""

from datetime import datetime

from scoring.models import RunScope, RunState, ScoringRun
from scoring.run_progress import is_stalled, progress_of


def progress_sentence(run: ScoringRun, *, now: datetime) -> str:
    """Percent, steps, rate and what is left; for one that stands still, since when."""
    if run.state != RunState.RUNNING:
        return run.get_state_display()
    progress = progress_of(run)
    unit = "批" if run.scope == RunScope.FULL else "位患者"
    parts = [f"{progress.percent}%（{progress.steps_done:,}/{progress.steps_expected:,} {unit}）"]
    if is_stalled(run, now=now):
        minutes = int((now - (run.advanced_at or run.started_at)).total_seconds() // 60)
        return parts[0] + f"，已 {minutes:,} 分钟没有进展，可能已中断；系统会自动从中断处继续。"
    if progress.steps_a_second is not None:
        parts.append(_rate(progress.steps_a_second, unit))
    if progress.seconds_left is not None:
        parts.append(f"约剩 {_lasting(progress.seconds_left)}")
    return "，".join(parts)


def _rate(a_second: float, unit: str) -> str:
    """By the minute where fewer than one is done in a second."""
    return f"每秒 {a_second:,.0f} {unit}" if a_second >= 1 else f"每分钟 {a_second * 60:,.0f} {unit}"


def _lasting(seconds: float) -> str:
    return f"{seconds:,.0f} 秒" if seconds < 90 else f"{seconds / 60:,.0f} 分钟"
