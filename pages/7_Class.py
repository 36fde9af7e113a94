"""The page Class: open a class or join one; the wall for its teacher, the own name for a pupil.

`/Class?code=ABC234` is the link to join, `/Class?teach=SECRET` the teacher's, `/Class?view=projector` the wall alone.
"""

from core.classes import room as rooms
from core.errors import ClassError
from pages.components.class_room.board import board_view
from pages.components.class_room.entrance import entrance
from pages.components.class_room.lead import lead
from pages.components.class_room.projector import projector
from pages.components.class_room.pupil import pupil_view
from pages.components.shell import address, identity, state
from pages.components.shell.i18n import _
from pages.components.shell.layout import begin, page_title, show_error
from pages.components.shell.links import BOARD, CODE, TEACH, VIEW
from pages.components.shell.queue import store

PROJECTORS = ("projector", "link")


def enter_as_teacher(secret: str) -> None:
    """Lead the class of the teacher's link from this browser, too, and take the secret out of the address."""
    try:
        rooms.enter_as_teacher(store().database, secret, owner=identity.owner())
    except ClassError as error:
        show_error(error)
        return
    address.go(address.CLASS_PAGE)


begin(_("Class"))
if secret := address.text(TEACH):
    enter_as_teacher(secret)
room = state.room()
view = address.choice(VIEW, PROJECTORS, "")
if room is not None and address.text(VIEW) == BOARD:
    board_view(room)
elif room is not None and room.teacher and view:
    projector(room, view)
elif room is not None and room.teacher:
    lead(room)
elif room is not None and address.text(CODE) in ("", room.code):
    pupil_view(room)
else:
    page_title(_("Class"))
    entrance(address.text(CODE))
