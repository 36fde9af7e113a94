"""Another page, to leave the chart and come back."""

import streamlit as st

from pages.components.widgets.live_chart import prepare_live_chart

st.set_page_config(layout="wide")
st.page_link("app.py", label="Back")
st.page_link("pages/deep.py", label="Deep")
prepare_live_chart()
