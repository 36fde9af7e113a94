"""How good a trained network is: `results` (numbers only), `predictions` (makes them, needs torch)."""

# Work for `core.runs.tasks`; its argument is the epoch.
EVALUATE = "core.evaluation.predictions:evaluate"
