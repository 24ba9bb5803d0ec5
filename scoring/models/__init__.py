from scoring.models.runs import ScoringPolicy, ScoringRun

__all__ = ["ScoringPolicy", "ScoringRun"]
