"""The training loop and what it needs."""

# A task for `core.runs.tasks`. Its argument is the run's configuration as JSON.
FIND_LEARNING_RATE = "core.training.lr_finder:find"
