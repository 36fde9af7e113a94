"""Pages as in `tests.pages`: without a browser, with a queue that trains nothing."""

from tests.pages.conftest import idle_queue, packages_looked_through_once, store, tasks_at_once

__all__ = ["idle_queue", "packages_looked_through_once", "store", "tasks_at_once"]
