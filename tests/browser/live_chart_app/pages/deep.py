"""A growing chart with an address of its own, to be opened directly."""

import streamlit as st
from growing import watch

st.set_page_config(layout="wide")
watch(st.query_params, "deep")
