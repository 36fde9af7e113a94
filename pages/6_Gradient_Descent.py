"""Lesson 5's hello world: gradient descent as a walk down a bowl, and a race of optimizers."""

import streamlit as st

from core.descent.figures import NamedWalk, surface_figure
from core.descent.lesson import RACERS, script
from core.descent.stability import explain
from core.descent.surfaces import SURFACES
from pages.components import descent, descent_hello, descent_race, layout
from pages.components.words import _, translate

LONG = 370  # pixels: as high as the script

layout.begin(_("Gradient descent"))

st.title(_("Gradient descent"))
st.markdown(
    _(
        "Learning is a walk downhill. A point is one choice of the parameters, and its height is the loss. The "
        "gradient gives the direction, the learning rate is the step size."
    )
)
descent.load_torch()
hello, race = st.tabs([_("Hello world"), _("Race")], key="tab", bind="query-params")

if hello.open:
    with hello:
        st.markdown(
            _(
                "The smallest network there is has one weight and one bias. It sees one number and shall answer 0. "
                "Turn a knob and watch the walk change."
            )
        )
        film = st.container()
        settings, beside_rate = descent_hello.choose_hello()
        walk = descent.hello_walk(settings)
        curvature = descent.hello_curvature(walk.input)
        with film:
            descent.show_film(descent_hello.hello_film(walk), key="walk")
        beside_rate.caption(descent_hello.limit_text(settings.optimizer, curvature))

        st.subheader(_("What just happened?"))
        for message in explain(settings, walk, curvature):
            st.markdown(translate(message))

        code, losses = st.columns([3, 1], gap="medium")
        code.subheader(_("The same in code"))
        code.code(script(settings))
        losses.subheader(_("What it prints"))
        losses.code(
            "\n".join(str(loss) for loss in walk.printed),
            language=None,
            height=LONG if settings.steps > 12 else "content",
        )
        st.caption(
            _(
                "Copy the script and run it: it prints these very losses. The input is {input}. The numbered lines "
                "are the five steps of every training, however large the network.",
                input=f"{walk.input:.4f}",
            )
        )

        st.subheader(_("Weight and bias together"))
        st.plotly_chart(
            surface_figure(
                descent.hello_ground(walk.input, descent_hello.window(walk)[0]),
                [NamedWalk(_("the walk"), descent.TRAIN_COLOR, walk)],
                (_("weight"), _("bias"), _("loss")),
            ),
            key="surface",
            alt=_("The loss as a surface over weight and bias, with the walk on it"),
        )
        st.caption(
            _("Drag to turn it. This bowl is a trough: all along its floor the loss is 0, so many answers are right.")
        )

if race.open:
    with race:
        st.markdown(_("The same start and the same ground for all. Who arrives, who gets lost, and who is thrown out?"))
        film = st.container()
        chosen = descent_race.choose_race()
        if not chosen.racers:
            film.info(_("Choose at least one racer below, such as SGD."))
        else:
            walks = {
                name: descent.race_walk(chosen.surface, optimizer, chosen.start, chosen.steps)
                for name, optimizer in chosen.racers.items()
            }
            with film:
                descent.show_film(descent_race.race_film(chosen.surface, walks), key="race")
            st.subheader(_("Who arrived?"))
            descent_race.show_results(chosen, walks)
            with st.expander(_("The surface in three dimensions")):
                st.plotly_chart(
                    surface_figure(
                        descent.race_ground(chosen.surface),
                        [NamedWalk(RACERS[name][0], descent_race.LOOKS[name][0], walks[name]) for name in walks],
                        (*(_(axis) for axis in SURFACES[chosen.surface].axes), _("loss")),
                    ),
                    key="race_surface",
                    alt=_("The surface with everybody's walk on it"),
                )

st.subheader(_("What nobody can promise"))
st.markdown(
    _(
        "Here we can compute how fast is too fast. A real network has millions of parameters and no such simple bowl: "
        "there is no guarantee that training converges, nor that it finds the best minimum. So watch the loss: if it "
        "rises or turns into nan, lower the learning rate."
    )
)
