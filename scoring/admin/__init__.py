from scoring.admin import indicators, policies, popularity, runs, standings

__all__ = ["indicators", "policies", "popularity", "runs", "standings"]
