"""The training loop and what it needs."""

# Work for `core.runs.tasks`; its argument is the run's configuration as JSON.
FIND_LEARNING_RATE = "core.training.lr_finder:find"
