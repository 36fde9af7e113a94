"""The files of a run over the network: a route of the server beside the pages."""

from urllib.parse import quote, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from core.errors import ClassroomError
from core.handin import bundle
from pages.components.shell.i18n import translator
from pages.components.shell.queue import store

ZIP = "all.zip"
_ADDRESS = "files/{run}/{name}"


def address(run_id: str, name: str, language: str) -> str:
    """Where a file of a run is, relative to the app's base: `ZIP`, or one of `bundle.single`'s."""
    return f"{_ADDRESS.format(run=quote(run_id), name=quote(name))}?{urlencode({'language': language})}"


async def _download(request: Request) -> Response:
    run_id, name = request.path_params["run"], request.path_params["name"]
    language = request.query_params.get("language", "")
    try:
        content, file_name = await run_in_threadpool(_made, run_id, name, language)
    except ClassroomError as error:
        return PlainTextResponse(translator(language)(error.message), status_code=404)
    return Response(
        content,
        media_type="application/octet-stream",  # never shown in a window of ours, whatever it holds
        headers={"Content-Disposition": f'attachment; filename="{file_name}"', "Cache-Control": "no-store"},
    )


def _made(run_id: str, name: str, language: str) -> tuple[str | bytes, str]:
    """The file's content, and its name. Raises ClassroomError."""
    run = store().get(run_id)
    translate = translator(language)
    if name == ZIP:
        return bundle.bundle(store(), run_id, translate, language), f"{bundle.file_name(run)}.zip"
    return bundle.single(store(), run_id, name, translate, language), f"{bundle.file_name(run)}-{name}"


def routes(base: str) -> list[Route]:
    """What the server adds to Streamlit's own routes; `base` is the path that the app lives under, or empty."""
    prefix = f"/{base}" if base else ""
    return [Route(f"{prefix}/{_ADDRESS}", _download)]
