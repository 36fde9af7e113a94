"""The queue and the store of this server. The first page that is opened starts them."""

import threading
from importlib import import_module

import streamlit as st

from core import environment
from core.runs import damage
from core.runs.queue import Queue
from core.runs.schema import connect
from core.runs.store import Store


@st.cache_resource(show_spinner=False)
def queue() -> Queue:
    """Start the queue, which also continues the runs that an earlier server left unfinished."""
    environment.set_up_logging()
    started = Queue(store())
    started.start()
    # Importing torch takes two seconds. Do it in the background, before somebody opens the Train page.
    threading.Thread(target=import_module, args=["core.training.check"], daemon=True).start()
    return started


@st.cache_resource(show_spinner=False)
def store() -> Store:
    """The store of all runs."""
    damage.set_damaged_aside(environment.database_url())
    return Store(connect(environment.database_url()))


@st.cache_data(ttl=60, show_spinner=False)
def lost_databases() -> list[str]:
    """The names of damaged databases that were set aside (see `core.runs.damage`)."""
    return [file.name for file in damage.set_aside(environment.database_url())]
