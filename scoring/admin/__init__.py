from scoring.admin import indicators, policies, popularity, predictions, runs, standings, uploads

__all__ = ["indicators", "policies", "popularity", "predictions", "runs", "standings", "uploads"]
