"""The training loop and what it needs."""

# A task for `core.runs.tasks`. Its argument is the run's configuration as JSON.
FIND_LEARNING_RATE = "core.training.lr_finder:find"
# Gets gathered pictures ready. Its arguments are their owner and a configuration as JSON.
PREPARE_GATHERED = "core.training.gathered:prepare"
