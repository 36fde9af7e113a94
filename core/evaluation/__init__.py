"""How good a trained network is: `predictions` computes it with torch, `results` needs only numbers."""

# A task for `core.runs.tasks`. Its argument is the epoch.
EVALUATE = "core.evaluation.predictions:evaluate"
