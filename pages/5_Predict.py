"""The page Predict: a trained network classifies images of the visitor.

`/Predict?run=ID` opens with a run's network, `&with=ID` compares it with a second one.
"""

import streamlit as st

from pages.components.predict.image_source import CAMERA, MANY, choose_way
from pages.components.predict.many import many_images
from pages.components.predict.model import choose_models
from pages.components.predict.one import answer_view, live_view
from pages.components.predict.point import of_one_kind, point_view, takes_points
from pages.components.shell.i18n import _
from pages.components.shell.layout import begin, errors_shown, page_title

begin(_("Predict"), takes_uploads=True)
page_title(_("Try it yourself"), "Confidence", "Validation")
with errors_shown():
    models = choose_models()
    if models:
        models = of_one_kind(models)
        if takes_points(models[0]):
            st.fragment(point_view)(models)
        elif (way := choose_way(models[0])) == MANY:
            many_images(models)
        elif way == CAMERA:
            st.fragment(live_view)(models)
        else:
            st.fragment(answer_view)(models, way)
