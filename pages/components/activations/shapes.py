"""The page Activations, tab Shapes: the functions, their derivatives and their properties."""

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from core.activations.facts import FACTS, KNOBS, ActivationFacts
from core.config import ACTIVATIONS, Activation
from core.config.variants import with_activation
from core.figures.activations import NamedCurve, activation_look, activation_slopes, activation_values
from core.recipes import recipe
from pages.components.activations.functions import (
    choose_formula,
    curve_of,
    load_torch,
    name_of,
    select_functions,
    traits_of,
)
from pages.components.shell import address
from pages.components.shell.i18n import _
from pages.components.shell.labels import ACTIVATION_NAMES, OWN_FORMULA
from pages.components.shell.links import FIRST_RECIPE, settings_link

if TYPE_CHECKING:  # importing torch takes two seconds: not before the page is on the screen
    from core.activations.curves import ActivationTraits

IN_A_ROW = 3
# Plotly's dashes as SVG's `stroke-dasharray`, for a line of 3 pixels.
_DASHES = {
    "solid": "none",
    "dot": "3 3",
    "dash": "9 9",
    "longdash": "15 15",
    "dashdot": "9 3 3 3",
    "longdashdot": "15 6 3 6",
}


def shapes_tab(kinds: Sequence[str]) -> None:
    """The whole tab for these functions."""
    reach, specs = _choose_parameters(kinds)
    own = choose_formula()
    load_torch()
    if own:
        specs = [*specs, own]
    _curve_charts(specs, reach)
    _cards(specs)
    st.caption(
        _(
            "**Gradient vanishes:** the inputs for which less than a hundredth of the gradient passes. A unit hardly "
            "learns there. **Zero-centred:** whether the outputs average zero when the inputs do. Here the inputs "
            "follow a bell curve with mean 0 and standard deviation 1."
        )
    )
    st.subheader(_("Check what the tutorials say"))
    _claims()
    st.subheader(_("Must all layers have the same function?"))
    st.markdown(
        _(
            "No. The recipe “{title}” uses another function in every hidden layer: ReLU, then Tanh, then ELU. An "
            "activation function keeps the number of values, so any function can follow any layer.",
            title=_(recipe("mnist-mixed-activations").title),
        )
    )


def _choose_parameters(kinds: Sequence[str]) -> tuple[float, list[Activation]]:
    """Sliders for the range of x and for every parameter; returns the reach and the functions with parameters."""
    knobs = [(kind, name) for kind in kinds for name in ACTIVATIONS[kind]]
    row = st.container(horizontal=True, gap="medium")
    reach = row.slider(
        _("Range of x: ±"),
        1,
        10,
        5,
        key="reach",
        bind="query-params",
        help=_("How far from zero the curves are drawn. Increase it to see where a function levels off."),
        width=250,
    )
    chosen: dict[str, dict[str, float]] = {kind: {} for kind in kinds}
    for kind, name in knobs:
        knob = KNOBS[name]
        chosen[kind][name] = row.slider(
            f"{ACTIVATION_NAMES[kind]}: {knob.symbol}",
            knob.low,
            knob.high,
            ACTIVATIONS[kind][name],
            knob.step,
            key=f"{kind}_{name}",
            bind="query-params",
            help=_(knob.help),
            width=250,
        )
    return reach, [Activation(kind=kind, **parameters) for kind, parameters in chosen.items()]


def _curve_charts(specs: Sequence[Activation], reach: float) -> None:
    """Function and derivative side by side, or below each other on a narrow screen."""
    curves = [NamedCurve(spec.kind, name_of(spec), curve_of(spec, reach)) for spec in specs]
    left, right = st.columns(2)
    left.markdown(_("**Function:** the output for each input"))
    left.plotly_chart(
        activation_values(curves, _("input x"), _("output f(x)")),
        key="values",
        alt=_("The chosen functions as lines over their inputs"),
    )
    right.markdown(_("**Derivative:** how much of the gradient passes"))
    right.plotly_chart(
        activation_slopes(curves, _("input x"), _("slope f′(x)")),
        key="slopes",
        alt=_("The slopes of the chosen functions as lines over their inputs"),
    )
    st.caption(
        _(
            "PyTorch computes both, the derivative with autograd. Where a line breaks, the function has a corner and "
            "its slope jumps. There PyTorch uses the value of the filled dot."
        )
    )


def _cards(specs: Sequence[Activation]) -> None:
    """A card for each function, three in a row."""
    for start in range(0, len(specs), IN_A_ROW):
        for column, spec in zip(st.columns(IN_A_ROW), specs[start : start + IN_A_ROW], strict=False):
            with column.container(border=True, height="stretch"):
                _card(spec)


def _card(spec: Activation) -> None:
    facts = FACTS.get(spec.kind)
    traits = traits_of(spec)
    st.markdown(f"#### {_swatch(spec.kind)} {ACTIVATION_NAMES[spec.kind] if facts else _(OWN_FORMULA)}")
    if facts:
        st.latex(_formulas(facts))
    else:
        st.code(spec.formula or "", language=None)
    average = f"{traits.mean_output:.2f}".replace("-0.00", "0.00")
    centred = (
        _("Yes: outputs average {average}.", average=average)
        if traits.zero_centred
        else _("No: outputs average {average}.", average=average)
    )
    properties = {
        **({_("Range"): f"${facts.outputs}$"} if facts else {}),
        _("Gradient vanishes"): _vanishing(traits),
        _("Zero-centred"): centred,
    }
    listed = "\n".join(f"- **{name}:** {value}" for name, value in properties.items())
    st.markdown(f"{listed}\n\n{_(facts.note)}" if facts else listed)
    if not facts and st.button(_("Train with it"), key="train_formula", icon=":material/play_arrow:"):
        config = with_activation(recipe(FIRST_RECIPE).config, spec.kind, spec.formula)
        address.go(address.TRAIN_PAGE, settings_link(FIRST_RECIPE, config))


def _formulas(facts: ActivationFacts) -> str:
    """Function, derivative and the meaning of their symbols, in LaTeX, below each other."""
    lines = [f"f(x) &= {facts.formula}", f"f'(x) &= {facts.derivative}"]
    lines += [rf"{symbol} &= {meaning}" for symbol, meaning in facts.where.items()]
    return r"\begin{aligned}" + r" \\[4pt] ".join(lines) + r"\end{aligned}"


def _vanishing(traits: "ActivationTraits") -> str:
    """The inputs for which less than a hundredth of the gradient passes, in words."""
    left, right = traits.left, traits.right
    if left and right and left.exact == right.exact:
        edges = {"left": f"{left.edge:g}", "right": f"{right.edge:g}"}
        if left.exact:
            return _(r"exactly zero for $x \le {left}$ and $x \ge {right}$.", **edges)
        return _("below 0.01 for $x < {left}$ and $x > {right}$.", **edges)
    if left and left.exact:
        return _(r"exactly zero for $x \le {edge}$.", edge=f"{left.edge:g}")
    if left:
        return _("below 0.01 for $x < {edge}$.", edge=f"{left.edge:g}")
    return _("nowhere.")


def _swatch(kind: str) -> str:
    """The function's line in the charts as a Markdown image."""
    colour, dash = activation_look(kind)
    line = f"<line x1='0' y1='5' x2='45' y2='5' stroke='{colour}' stroke-width='3' stroke-dasharray='{_DASHES[dash]}'/>"
    svg = f"<svg xmlns='http://www.w3.org/2000/svg' width='45' height='10'>{line}</svg>"
    return f"![](data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()})"


def _claims() -> None:
    """Claims of the tutorials, each with what was measured and a button that draws its functions."""
    sigmoid, tanh = traits_of(Activation(kind="sigmoid")), traits_of(Activation(kind="tanh"))
    _claim(
        _("“Sigmoid saturates near its ends, its gradient is almost zero there.”"),
        _(
            "Its slope is never above {steepest}, and {where} Ten such layers multiply ten slopes, which gives at most "
            "{product}.",
            steepest=f"{sigmoid.steepest:.2f}",
            where=_vanishing(sigmoid),
            product=f"{sigmoid.steepest**10:.6f}",
        ),
        ["sigmoid"],
    )
    _claim(
        _("“Tanh maps to −1…1 and is centred on zero, sigmoid to 0…1.”"),
        _(
            "For inputs that average zero, Tanh's outputs average {tanh} and Sigmoid's {sigmoid}.",
            tanh=f"{abs(tanh.mean_output):.2f}",
            sigmoid=f"{sigmoid.mean_output:.2f}",
        ),
        ["tanh", "sigmoid"],
    )
    claim = _("“ReLU is about six times faster than other activations.”")
    advice = _("You can measure that in the tab Speed.")
    st.markdown(f"**{claim}** {advice}")


def _claim(claim: str, finding: str, kinds: Sequence[str]) -> None:
    text, button = st.columns([4, 1], vertical_alignment="center")
    text.markdown(f"**{claim}** {finding}")
    label = _("Show {names}", names=", ".join(ACTIVATION_NAMES[kind] for kind in kinds))
    button.button(label, key=f"show_{'_'.join(kinds)}", on_click=select_functions, args=(kinds,), width="stretch")
