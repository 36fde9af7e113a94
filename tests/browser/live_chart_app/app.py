"""A growing chart on the first page, for the tests."""

import streamlit as st
from growing import watch

st.set_page_config(layout="wide")
stream = "two" if st.toggle("Another stream") else "one"
st.page_link("pages/elsewhere.py", label="Elsewhere")
watch(st.query_params, stream, hold=st.toggle("Hold", value="hold" in st.query_params))
