"""Words: collected, complete, and their gaps filled."""

import re
import string

from tests.collect_messages import TEMPLATE, template


def test_the_template_holds_every_sentence() -> None:
    assert TEMPLATE.read_text(encoding="utf-8") == template(), "run: python -m tests.collect_messages"


def test_every_gap_in_a_sentence_has_a_name() -> None:
    # A translator can move a named gap, but not one without a name.
    for sentence in re.findall(r'^msgid "(.+)"$', template(), flags=re.MULTILINE):
        for _text, name, _format, _conversion in string.Formatter().parse(sentence.replace('\\"', '"')):
            assert name is None or name.isidentifier(), sentence
