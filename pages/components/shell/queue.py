"""The one engine of this server, started by whichever page is opened first."""

import threading
from importlib import import_module

import streamlit as st

from core import environment
from core.runs.queue import Queue
from core.runs.schema import connect
from core.runs.store import Store


@st.cache_resource(show_spinner=False)
def queue() -> Engine:
    """The engine, which also takes up what an earlier server left unfinished."""
    environment.set_up_logging()
    started = Engine(store())
    started.start()
    # Importing torch takes two seconds: better now, in the background, than when somebody opens the Train page.
    threading.Thread(target=import_module, args=["core.training.check"], daemon=True).start()
    return started


@st.cache_resource(show_spinner=False)
def store() -> Store:
    """All runs."""
    return Store(connect(environment.database_url()))
