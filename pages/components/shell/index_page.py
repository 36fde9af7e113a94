"""The page that the server sends first: Streamlit's own, with our style and the frame of the page in it.

Streamlit fills it once its scripts are loaded and the page's script has run, which takes seconds after the server's
start. Until then a visitor sees the menu and what is waited for. The room of the menu is kept free, so nothing jumps.
"""

import gzip
import json
from base64 import b64encode
from functools import cache
from html import escape
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import file_util

from core import messages
from core.messages import N_
from pages.components.shell.i18n import languages, translator
from pages.components.shell.menu import shown

_HERE = Path(__file__)
_LOADING = N_("The page is loading.")
_SLOW = N_("Still loading. Just after its start, the server needs up to ten seconds for its first page.")
# Where a visitor left the menu closed, or dragged it wider, Streamlit will draw it so.
_MENU_WIDTH = """<script>
  try {
    const kept = Object.keys(localStorage).filter((key) => key.startsWith("stSidebarCollapsed"));
    const closed = kept.some((key) => localStorage[key] === "true");
    const width = Number.parseInt(localStorage.sidebarWidth, 10);
    if (closed || width) document.documentElement.style.setProperty("--menu-width", closed ? "0px" : `${width}px`);
  } catch {} // a browser that keeps nothing
</script>"""

# On a phone the open menu covers the page. Streamlit closes it only after links of its own menu, and opens it again at
# the next visit where it was left open.
_CLOSED_MENU = """<script>
  const onPhone = () => innerWidth <= 768; // CSS pixels, as in Streamlit
  try {
    for (const key of Object.keys(localStorage))
      if (onPhone() && key.startsWith("stSidebarCollapsed")) delete localStorage[key];
  } catch {} // a browser that keeps nothing
  const closeMenu = () => {
    const button = "[data-testid=stSidebar][data-collapsed=false] [data-testid=stSidebarCollapseButton] button";
    if (onPhone()) document.querySelector(button)?.click();
  };
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-testid=stSidebar] a")) setTimeout(closeMenu);
  });
</script>"""

# What a field for numbers says of what was typed, see `numbers.js`.
_NUMBERS = {
    "whole": N_("This needs a whole number, without a point or comma. Write a thousand as 1000."),
    "ambiguous": N_("This could be two numbers. Write a thousand as 1000 and a half as 0.5."),
    "fraction": N_("Here the point begins the fraction. Write a thousand as 1000."),
    "number": N_("This can't be read as a number. Write it like 1000.5."),
}


class IndexPage:
    """Sends our page wherever Streamlit would send its own: for every address that isn't a file's."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope) if scope["type"] == "http" else Headers()
        if "text/html" not in headers.get("accept", ""):
            await self._app(scope, receive, send)
            return
        # Streamlit's page may be unchanged since the last visit while ours isn't.
        asked = MutableHeaders(scope=scope)
        for name in ("if-none-match", "if-modified-since"):
            del asked[name]
        replaced = False

        async def with_our_page(message: Message) -> None:
            nonlocal replaced
            if message["type"] == "http.response.start":
                kind = Headers(raw=message["headers"]).get("content-type", "")
                replaced = message["status"] == 200 and kind.startswith("text/html")
                if replaced:
                    await _answer(headers)(scope, receive, send)
            if not replaced:
                await send(message)

        await self._app(scope, receive, with_our_page)


def _answer(headers: Headers) -> Response:
    body = page(preferred_language(headers.get("accept-language", "")))
    sent = {"Cache-Control": "no-cache", "Vary": "Accept-Encoding, Accept-Language"}
    if "gzip" in headers.get("accept-encoding", ""):
        body, sent = _compressed(body), sent | {"Content-Encoding": "gzip"}
    return Response(body, media_type="text/html", headers=sent)


@cache
def _compressed(body: bytes) -> bytes:
    return gzip.compress(body, mtime=0)


def preferred_language(accepted: str) -> str:
    """The first language of the header `Accept-Language` that the app has, else English."""
    for part in accepted.split(","):
        name = part.split(";")[0].strip().replace("-", "_")
        for known in (name, name.split("_")[0]):
            if known in languages():
                return known
    return languages()[0]


@cache
def page(language: str) -> bytes:
    """Streamlit's page with our style, our icon and the frame, in this language."""
    found = Path(file_util.get_static_dir(), "index.html").read_text(encoding="utf-8")
    style = _HERE.with_name("style.css").read_text(encoding="utf-8")
    icon = b64encode(_HERE.with_name("icon.svg").read_bytes()).decode()
    for old, new in (
        ('lang="en"', f'lang="{escape(language.replace("_", "-"))}"'),
        ("./favicon.png", f"data:image/svg+xml;base64,{icon}"),
        ("<title>Streamlit</title>", "<title>Torch Classroom</title>"),
        ("</head>", f"{_CLOSED_MENU}{_MENU_WIDTH}{_number_script(language)}</head>"),
        # In the body: of two rules of equal weight the later one holds, and Streamlit's come last in the head.
        ('<div id="root"></div>', f'<style>{style}</style><div id="root"></div>{_frame(language)}'),
    ):
        found = found.replace(old, new, 1)
    return found.encode()


def _number_script(language: str) -> str:
    """What keeps a number from becoming another one while it is typed or pasted."""
    code = _HERE.with_name("numbers.js").read_text(encoding="utf-8")
    said = {why: translator(language)(messages.Message(text)) for why, text in _NUMBERS.items()}
    sentences = json.dumps(said).replace("<", r"\u003c")
    return f'<script type="module">{code}watch(document, {sentences});</script>'


def _frame(language: str) -> str:
    """The menu and what is waited for; `style.css` takes it away when the page is there."""

    def said(text: str) -> str:
        return escape(translator(language)(messages.Message(text)))

    links = "".join(f'<a href="./{address_of(file)}">{said(label)}</a>' for file, label in shown())
    return (
        f'<div class="classroom-frame"><nav><b>Torch Classroom</b>{links}</nav>'
        f'<main role="status"><p>{said(_LOADING)}</p><p>{said(_SLOW)}</p></main></div>'
    )


def address_of(file: str) -> str:
    """The address of a page below the app's, such as `Gradient_Descent`; empty for Home."""
    return Path(file).stem.partition("_")[2] if file.startswith("pages/") else ""
