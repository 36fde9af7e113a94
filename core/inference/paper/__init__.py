"""Where something is drawn in a picture: the sheet of paper first, then the ink on it, then what belongs together.

A photo shows more than a digit: a desk around the sheet, a shadow across it, lines, specks, several digits. `drawings`
finds each of these and cuts it out with some paper around it, so that the steps of `preparation` see one drawing only.
"""

from core.inference.paper.drawings import LOOKED_AT, Drawing, drawings
from core.inference.paper.ink import is_dark_on_light
from core.inference.paper.pixels import Box

__all__ = ["LOOKED_AT", "Box", "Drawing", "drawings", "is_dark_on_light"]
