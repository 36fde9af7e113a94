"""Predict: show a trained network an image of your own.

`/Predict?run=ID` opens with a run's network, `&with=ID` with a second one beside it.
"""

import streamlit as st

from pages.components import predict_input, predict_many, predict_model, predict_one
from pages.components.layout import begin, errors_shown
from pages.components.words import _

begin(_("Predict"))
st.title(_("Try it on an image of your own"), anchor=False)
with errors_shown():
    models = predict_model.choose()
    if models:
        way = predict_input.choose_way(models[0])
        if way == predict_input.MANY:
            predict_many.show(models)
        else:
            st.fragment(predict_one.show)(models, way)
