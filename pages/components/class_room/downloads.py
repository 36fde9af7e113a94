"""The files of a class over the network, for its teacher's browser only: a route beside the pages."""

from urllib.parse import quote, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from core.classes import board, ending
from core.errors import ClassroomError
from core.handin.class_bundle import class_bundle
from core.spreadsheet import SHEETS, Sheet
from pages.components.shell.i18n import translator
from pages.components.shell.identity import owner_at
from pages.components.shell.queue import store

ZIP, CSV = "class.zip", "class.csv"
_ADDRESS = "classes/{class_id}/{name}"


def address(class_id: str, name: str, language: str, sheet: str = "point") -> str:
    """Where a file of the class is, relative to the app's base: `ZIP`, or `CSV` with the signs of a `Sheet`."""
    query = urlencode({"language": language, "sheet": sheet})
    return f"{_ADDRESS.format(class_id=quote(class_id), name=quote(name))}?{query}"


async def _download(request: Request) -> Response:
    class_id, name = request.path_params["class_id"], request.path_params["name"]
    language = request.query_params.get("language", "")
    if name not in (ZIP, CSV):
        return PlainTextResponse("", status_code=404)
    try:
        sheet = SHEETS.get(request.query_params.get("sheet", ""), SHEETS["point"])
        content = await run_in_threadpool(_made, class_id, name, owner_at(request.cookies), language, sheet)
    except ClassroomError as error:
        return PlainTextResponse(translator(language)(error.message), status_code=404)
    return Response(
        content,
        media_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


def _made(class_id: str, name: str, teacher: str, language: str, sheet: Sheet) -> str | bytes:
    """The file's content. Raises ClassroomError unless this browser leads the class."""
    found = ending.results(store().database, class_id, teacher=teacher)
    if name == CSV:
        return ending.results_csv(found, sheet)
    standings = board.standings(store().database, class_id, viewer=teacher)
    return class_bundle(store(), class_id, found, standings, translator(language), language)


def routes(base: str) -> list[Route]:
    """What the server adds to Streamlit's own routes; `base` is the path that the app lives under, or empty."""
    prefix = f"/{base}" if base else ""
    return [Route(f"{prefix}/{_ADDRESS}", _download)]
