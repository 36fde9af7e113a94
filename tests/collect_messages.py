"""Collect every sentence a person reads into `messages.pot`: `python -m tests.collect_messages`.

A translation is a file `pages/components/locale/<language>/LC_MESSAGES/messages.po` made from it, and its `.mo`
(`pybabel init`, `pybabel compile`): no code changes.
"""

import io
import tomllib
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import write_po

ROOT = Path(__file__).parents[1]
TEMPLATE = ROOT / "pages" / "components" / "locale" / "messages.pot"
KEYWORDS = {"_": None, "N_": None, "say": None, "plural": (1, 2)}
RECIPE_TEXTS = ("title", "summary", "teaches", "words", "look")


def template() -> str:
    """The template of all translations, as it should be now."""
    catalog = Catalog(project="Torch Classroom", header_comment="# Sentences of Torch Classroom.", creation_date=None)
    for file, text in sorted(_sentences(), key=lambda found: (str(found[1]), found[0])):
        catalog.add(text, locations=[(file, 0)])
    buffer = io.BytesIO()
    write_po(buffer, catalog, sort_output=True, omit_header=True, include_lineno=False)
    return buffer.getvalue().decode()


def _sentences() -> Iterator[tuple[str, str | tuple[str, ...]]]:
    """File and sentence, or its two forms."""
    for path in [ROOT / "streamlit_app.py", *ROOT.glob("core/**/*.py"), *ROOT.glob("pages/**/*.py")]:
        for _line, text, _comments, _context in extract_from_file("python", path, keywords=KEYWORDS):
            yield path.relative_to(ROOT).as_posix(), text
    for path in ROOT.glob("core/recipes/*.toml"):
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        for name in RECIPE_TEXTS:
            yield path.relative_to(ROOT).as_posix(), content[name]


if __name__ == "__main__":
    TEMPLATE.parent.mkdir(parents=True, exist_ok=True)
    TEMPLATE.write_text(template(), encoding="utf-8")
