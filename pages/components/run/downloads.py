"""The files of a run over the network: a route of the server beside the pages."""

from urllib.parse import quote, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from core.errors import ClassroomError, RunError
from core.handin import bundle
from core.messages import say
from core.runs import access
from core.runs.run import Run
from pages.components.shell.address import KEY
from pages.components.shell.i18n import translator
from pages.components.shell.identity import owner_at
from pages.components.shell.queue import store

ZIP = "all.zip"
_ADDRESS = "files/{run}/{name}"


def address(run: Run, name: str, language: str) -> str:
    """Where a file of a run is, relative to the app's base: `ZIP`, or one of `bundle.single`'s."""
    query = {"language": language} | ({KEY: run.link_key} if run.link_key else {})
    return f"{_ADDRESS.format(run=quote(run.id), name=quote(name))}?{urlencode(query)}"


async def _download(request: Request) -> Response:
    run_id, name = request.path_params["run"], request.path_params["name"]
    language = request.query_params.get("language", "")
    try:
        run = await run_in_threadpool(_open, run_id, owner_at(request.cookies), request.query_params.get(KEY, ""))
        content, file_name = await run_in_threadpool(_made, run, name, language)
    except ClassroomError as error:
        return PlainTextResponse(translator(language)(error.message), status_code=404)
    return Response(
        content,
        media_type="application/octet-stream",  # never shown in a window of ours, whatever it holds
        headers={"Content-Disposition": f'attachment; filename="{file_name}"', "Cache-Control": "no-store"},
    )


def _open(run_id: str, owner: str, key: str) -> Run:
    """The run, if who asks may have its files. Raises ClassroomError."""
    run = store().find(run_id)
    keys = {key} | (access.class_keys(store().database, run, owner) if run else set())
    if run is None or not access.may_open(run, owner, keys):
        raise RunError(say("There is no run {run}, or its link is incomplete.", run=run_id))
    access.check_images(run.config.data.dataset, owner, keys)
    return run


def _made(run: Run, name: str, language: str) -> tuple[str | bytes, str]:
    """The file's content, and its name. Raises ClassroomError."""
    run_id, translate = run.id, translator(language)
    if name == ZIP:
        return bundle.bundle(store(), run_id, translate, language), f"{bundle.file_name(run)}.zip"
    return bundle.single(store(), run_id, name, translate, language), f"{bundle.file_name(run)}-{name}"


def routes(base: str) -> list[Route]:
    """What the server adds to Streamlit's own routes; `base` is the path that the app lives under, or empty."""
    prefix = f"/{base}" if base else ""
    return [Route(f"{prefix}/{_ADDRESS}", _download)]
