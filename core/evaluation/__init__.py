"""How good a trained network is, and what it brought along from ImageNet.

`predictions` and `borrowing` compute it with torch, `results` and `knowledge` need only numbers.
"""

# Tasks for `core.runs.tasks`. The argument of the first is the epoch.
EVALUATE = "core.evaluation.predictions:evaluate"
BORROW = "core.evaluation.borrowing:borrow"
