"""Lesson 5's hello world: gradient descent as a walk down a bowl, and a race of optimizers."""

import streamlit as st

from core.descent.lesson import script
from core.descent.stability import explain
from pages.components.descent.hello import choose_hello, hello_film, limit_text
from pages.components.descent.race import choose_race, race_film, show_results
from pages.components.descent.walks import hello_curvature, hello_walk, load_torch, race_walks
from pages.components.shell import layout
from pages.components.shell.i18n import _, translate
from pages.components.widgets.film import show_film

LONG = 370  # pixels: as high as the script

layout.begin(_("Gradient descent"))

st.title(_("Gradient descent"))
st.markdown(
    _(
        "Learning is a walk downhill. A point is one choice of parameters, its height is the loss. The gradient "
        "gives the direction, the learning rate is the step size."
    )
)
load_torch()
hello, race = st.tabs([_("Hello world"), _("Race")], key="tab", bind="query-params")

# The knobs of both tabs are always there, or the link would forget those of the tab that is closed.
with hello:
    st.markdown(
        _(
            "The smallest network there is has one weight and one bias. It sees one number and shall answer 0. Turn a "
            "knob and watch the walk change."
        )
    )
    picture, knobs = st.columns([3, 1], gap="medium")
    with knobs:
        settings, beside_rate = choose_hello()

with race:
    st.markdown(_("The same start and the same ground for all. Who arrives, who gets lost, and who is thrown out?"))
    race_picture, race_knobs = st.columns([3, 1], gap="medium")
    with race_knobs:
        chosen = choose_race()

if hello.open:
    walk = hello_walk(settings)
    curvature = hello_curvature(walk.input)
    with picture:
        show_film(hello_film(walk), key="walk")
    beside_rate.caption(limit_text(settings.optimizer, curvature))
    with hello:
        st.subheader(_("What just happened?"))
        for message in explain(settings, walk, curvature):
            st.markdown(translate(message))
        st.caption(_("This bowl is a trough: all along its floor the loss is 0, so many answers are right."))

        code, losses = st.columns([3, 1], gap="medium")
        code.subheader(_("The same in code"))
        code.code(script(settings))
        losses.subheader(_("What it prints"))
        printed = "\n".join(str(loss) for loss in walk.printed)
        losses.code(printed, language=None, height=LONG if settings.steps > 12 else "content")
        st.caption(
            _(
                "Copy the script and run it: it prints these very losses. The input is {input}. The numbered lines "
                "are the five steps of every training, however large the network.",
                input=f"{walk.input:.4f}",
            )
        )

if race.open and not chosen.racers:
    race_picture.info(_("Choose at least one racer, such as SGD."))
elif race.open:
    walks = race_walks(chosen.surface, chosen.racers, chosen.start, chosen.steps)
    with race_picture:
        show_film(race_film(chosen.surface, walks), key="race")
    with race:
        st.subheader(_("Who arrived?"))
        show_results(chosen, walks)

st.subheader(_("What nobody can promise"))
st.markdown(
    _(
        "Here we can compute how fast is too fast. A real network has millions of parameters and no such simple bowl: "
        "there is no guarantee that training converges, nor that it finds the best minimum. So watch the loss: if it "
        "rises or turns into nan, lower the learning rate."
    )
)
