from scoring.admin import indicators, policies, runs, standings

__all__ = ["indicators", "policies", "runs", "standings"]
