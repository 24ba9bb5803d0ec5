from scoring.admin import policies, runs, standings

__all__ = ["policies", "runs", "standings"]
