"""The page Gradient descent: the steps of the smallest network down its loss surface, and a race of optimizers."""

import streamlit as st

from core.descent.hello_world import TUTORIAL, script
from core.descent.stability import explain
from pages.components.descent.hello import choose_hello, hello_film, limit_text
from pages.components.descent.race import choose_race, race_film, results_table
from pages.components.descent.walks import hello_curvature, hello_walk, load_torch, race_walks
from pages.components.shell import layout
from pages.components.shell.i18n import _, translate
from pages.components.widgets.film import show_film

SCRIPT_HEIGHT = 370  # pixels

layout.begin(_("Gradient descent"))

layout.page_title(
    _("Gradient descent"),
    *("Gradient", "Learning rate", "Loss", "Momentum", "Optimizer", "Seed", "Step", "Weights"),
)
st.markdown(
    _(
        "Training is a walk downhill. The height is the loss, the gradient gives the direction of a step, and the "
        "learning rate its length."
    )
)
load_torch()
hello, race = st.tabs([_("Hello world"), _("Race")], key="tab", bind="query-params")

# Both tabs always have their widgets. Otherwise the link would lose the settings of the closed tab.
with hello:
    st.markdown(
        _(
            "The smallest network has one weight and one bias. Its input is one number, and it learns to answer 0. "
            "Move a slider and watch the walk change."
        )
    )
    picture, controls = st.columns([3, 1], gap="medium")
    with controls:
        settings, beside_rate = choose_hello()

with race:
    st.markdown(
        _("All optimizers start at the same point. Which ones arrive, which get lost, and which are thrown out?")
    )
    race_picture, race_controls = st.columns([3, 1], gap="medium")
    with race_controls:
        chosen = choose_race()

if hello.open:
    walk = hello_walk(settings)
    curvature = hello_curvature(walk.input)
    with picture:
        show_film(hello_film(walk), key="walk")
    if settings.zero_grad:
        beside_rate.caption(limit_text(settings.optimizer, curvature))
    with hello:
        st.subheader(_("What just happened?"))
        for message in explain(settings, walk, curvature):
            st.markdown(translate(message))
        st.caption(
            _("The bowl is a trough. The loss is 0 all along its floor, so many pairs of weight and bias are right.")
        )

        code, losses = st.columns([3, 1], gap="medium")
        code.subheader(_("The same in code"))
        code.code(script(settings))
        losses.subheader(_("What it prints"))
        printed = "\n".join(str(loss) for loss in walk.printed)
        losses.code(printed, language=None, height=SCRIPT_HEIGHT if settings.steps > 12 else "content")
        losses.caption(_("The tutorial prints {losses}.", losses=" ".join(map(str, TUTORIAL))))
        st.caption(
            _(
                "The script prints exactly these losses, rounded to two decimals. The input is {input}. The numbered "
                "lines are the five steps of every training, however large the network.",
                input=f"{walk.input:.4f}",
            )
        )

if race.open and not chosen.racers:
    race_picture.info(_("Choose at least one optimizer, such as SGD."))
elif race.open:
    walks = race_walks(chosen.surface, chosen.racers, chosen.start, chosen.steps)
    with race_picture:
        show_film(race_film(chosen.surface, walks), key="race")
    with race:
        st.subheader(_("Which optimizers arrived?"))
        results_table(chosen, walks)

st.subheader(_("No guarantee for real networks"))
st.markdown(
    _(
        "For these simple surfaces the page can compute which learning rate is too high. A real network has millions "
        "of parameters: there is no guarantee that training converges or finds the best minimum. So watch the loss. If "
        "it rises or becomes nan (“not a number”), lower the learning rate."
    )
)
