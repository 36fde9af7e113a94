"""A network's answers to what a camera sees: a route of the server beside the pages, one picture a request."""

import base64
import io
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from core.errors import ClassroomError, RunError
from core.messages import say
from core.runs import access
from pages.components.shell.i18n import translator
from pages.components.shell.identity import owner_at
from pages.components.shell.queue import store
from pages.components.shell.requests import Desk, Rate, body_of, check_same_origin, sender_of

if TYPE_CHECKING:
    from torch import Tensor

    from core.inference.neighbours import Index
    from core.training.weights import Trained

KEY = "x-key"
PICTURE_BYTES = 300_000
FILE = "file-"
_HEAT_PIXELS = 224

_rate = Rate(per_second=20, burst=40)
# One thread: networks share the processors anyway, and what listens to a layer must not hear another visitor's picture.
_desk = Desk(threads=1, most_waiting=20)


async def _answer(request: Request) -> Response:
    language = request.query_params.get("language", "")
    headers = {"Cache-Control": "no-store"}
    try:
        check_same_origin(request)
        owner = owner_at(request.cookies)
        _rate.take(sender_of(request))
        picture = await body_of(request, PICTURE_BYTES)
        key = request.headers.get(KEY, "")
        explain = request.query_params.get("explain") == "1"
        said = await _desk.do(_said, request.path_params["run"], owner, key, picture, explain=explain)
        if "none" in said:
            said["none"] = translator(language)(said["none"])
        return JSONResponse(said, headers=headers)
    except ClassroomError as error:
        return JSONResponse({"error": translator(language)(error.message)}, 400, headers)
    except HTTPException as error:
        return JSONResponse({"error": error.detail}, error.status_code, headers | dict(error.headers or {}))


def _said(run_id: str, owner: str, key: str, picture: bytes, *, explain: bool) -> dict[str, Any]:
    """What the network says of a picture: `shares` by class and whether it is `far`, or why it says `none`.

    With `explain`, also the picture under its heat map. Raises ClassroomError.
    """
    from core.inference import neighbours
    from core.inference.predictor import NOTHING, SEVERAL, opened, predict
    from core.inference.preparation import automatic, subjects, to_input

    trained, index = _network(run_id, owner, key)
    config = trained.config.data
    shown = subjects(opened(picture, [trained]), config)
    if len(shown) != 1:
        return {"none": SEVERAL if shown else NOTHING}
    tensor = to_input(shown[0].image, config, automatic(shown[0].image, config))
    opinion = predict(trained, tensor[None])[0]
    said: dict[str, Any] = {"shares": [round(float(share), 4) for share in opinion.probabilities]}
    said["far"] = index is not None and neighbours.is_far(index, trained, tensor)
    return said | ({"heat": _heat(trained, tensor, opinion.best)} if explain else {})


def _network(run_id: str, owner: str, key: str) -> "tuple[Trained, Index | None]":
    """The network that this visitor may use, and the index of its training images where there is one."""
    from core.inference import neighbours

    if run_id.startswith(FILE):
        return _loaded(run_id, 0), None
    run = store().find(run_id)
    if run is None or not access.may_open(run, owner, {key}):
        raise RunError(say("There is no run {run}, or its link is incomplete.", run=run_id))
    access.check_images(run.config.data.dataset, owner, {key})
    return _loaded(run_id, run.best_epoch or 0), neighbours.kept(run_id)


@lru_cache(maxsize=2)
def _loaded(run_id: str, _best_epoch: int) -> "Trained":
    """The network, apart from the one that the pages use."""
    from core.inference import outside
    from core.training import weights

    return outside.load(run_id.removeprefix(FILE)) if run_id.startswith(FILE) else weights.load(run_id)


def _heat(trained: "Trained", tensor: "Tensor", label: int) -> str:
    """The picture under its heat map, as the address of a JPEG."""
    from PIL import Image

    from core.data import transforms
    from core.inference.explain import heat
    from pages.components.predict import pictures

    found = heat(trained, tensor, label)
    pixels = transforms.undone(tensor[None], trained.config.data.mean, trained.config.data.std)[0].numpy()
    file = io.BytesIO()
    smooth = found.method == "grad-cam"
    Image.fromarray(pictures.heated(pixels, found.values, _HEAT_PIXELS, smooth=smooth)).save(file, "JPEG")
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()


def routes(base: str) -> list[Route]:
    """What the server adds to Streamlit's own routes; `base` is the path that the app lives under, or empty."""
    prefix = f"/{base}" if base else ""
    return [Route(f"{prefix}/live/{{run}}", _answer, methods=["POST"])]
