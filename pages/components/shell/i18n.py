"""Translates all texts into the reader's language.

English is the source. A language is a file `locale/<language>/LC_MESSAGES/messages.mo`; the browser's setting
chooses among those that exist, and the menu overrides it. `python -m tests.collect_messages` collects the texts into
`locale/messages.pot`.
"""

import gettext
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import streamlit as st

from core.messages import Message
from pages.components.shell import state

LOCALE = Path(__file__).parents[1] / "locale"
SOURCE_LANGUAGE = "en"


@cache
def languages() -> tuple[str, ...]:
    """The available languages, English first."""
    return (SOURCE_LANGUAGE, *sorted(path.parts[-3] for path in LOCALE.glob("*/LC_MESSAGES/messages.mo")))


@cache
def _catalog(language: str) -> gettext.NullTranslations:
    return gettext.translation("messages", LOCALE, languages=[language], fallback=True)


def language() -> str:
    """The reader's language: the menu's choice, else the browser's language if it is available, else English."""
    wanted = state.language() or str(st.context.locale or SOURCE_LANGUAGE).replace("-", "_")
    for name in (wanted, wanted.split("_")[0]):
        if name in languages():
            return name
    return SOURCE_LANGUAGE


def _(template: str, **values: object) -> str:
    """The sentence in the reader's language, its named gaps filled; without values its brackets stay as they are."""
    return _filled(language(), template, values)


def _filled(language: str, template: str, values: Mapping[str, object]) -> str:
    if not template:
        return ""  # gettext has its own entry under this key
    sentence = _catalog(language).gettext(template)
    return sentence.format(**values) if values else sentence


def plural(one: str, many: str, number: int, **values: object) -> str:
    """Translate the form for `number`, which is also the value of the placeholder {number}."""
    return _catalog(language()).ngettext(one, many, number).format(number=number, **values)


def translate(message: Message) -> str:
    """Translate a message of core, and values that are messages themselves."""
    return translator(language())(message)


def translator(language: str) -> Callable[[Message], str]:
    """What translates messages of core into this language, also where no page is drawn."""

    def translated(message: Message) -> str:
        values = {
            name: translated(value) if isinstance(value, Message) else value for name, value in message.values.items()
        }
        return _filled(language, message.template, values)

    return translated


def escaped(text: str) -> str:
    """Escape untrusted text for Markdown."""
    return "".join(f"\\{letter}" if letter in "\\`*_{}[]()#+-.!|$:~>" else letter for letter in text)


def said(message: Message) -> str:
    """Translate a message for Markdown. Escapes values that are text, such as names of files and classes."""
    values = {
        name: Message("{said}", {"said": said(value)})
        if isinstance(value, Message)
        else escaped(value)
        if isinstance(value, str)
        else value
        for name, value in message.values.items()
    }
    return translate(Message(message.template, values))
