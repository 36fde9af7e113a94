"""The boundaries that small networks draw between two classes of points, one network for each activation function.

The browser trains them itself (the scripts in `boundaries.js/`): that costs the server nothing, however many look.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.components.shell.i18n import _
from pages.components.widgets import assets


def boundaries(
    places: NDArray[np.float32],
    labels: NDArray[np.int64],
    functions: Mapping[str, str],
    widths: Sequence[int],
    *,
    seed: int,
    key: str,
) -> None:
    """Train and draw, beginning at once. What changes begins anew.

    Args:
        places: Of N points within about -1 to 1, [N, 2].
        labels: Their classes, 0 or 1, [N].
        functions: Names to show, by PyTorch's names.
        widths: Units of each hidden layer.
        seed: Of the first weights, the same for all functions.
        key: The component's key.
    """
    words = {
        "play": _("Play"),
        "pause": _("Pause"),
        "again": _("Again, from other weights"),
        "told": _("Step {step} of {all}", step="{step}", all="{all}"),
        "tile": _("{name}: {share} of the points on their side", name="{name}", share="{share}"),
    }
    message = {
        "places": [round(float(value), 4) for value in places.ravel()],
        "labels": labels.tolist(),
        "functions": [{"kind": kind, "name": name} for kind, name in functions.items()],
        "widths": list(widths),
        "seed": seed,
        "words": words,
    }
    _component(key=key, data=message)


_component = st.components.v2.component("classroom_boundaries", js=assets.loader(__file__), isolate_styles=False)
