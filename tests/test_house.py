"""Rules of the house that no type checker knows."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    "modules",
    [
        "pages.components.shell.layout",
        "pages.components.widgets.live_chart",
        "core.runs.store, core.runs.history, core.advice.summary, core.recipes, core.data.catalog",
    ],
)
def test_what_every_visitor_needs_first_does_not_import_torch(modules: str, folders: Path) -> None:
    code = f"import sys, {modules}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False).returncode == 0


def test_every_page_begins_the_same_way() -> None:
    for path in (ROOT / "pages").glob("[0-9]*.py"):
        assert "begin(_(" in path.read_text(), f"{path.name} doesn't set up its menu"
