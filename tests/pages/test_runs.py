"""The page Runs, without a browser."""

import io
import json
import re
import zipfile
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import update
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from core.config import with_settings
from core.evaluation import EVALUATE, results
from core.evaluation.predictions import evaluate
from core.recipes import recipe
from core.runs import history, owner_actions, tasks
from core.runs.run import Run, owner_of
from core.runs.schema import runs
from core.runs.state import State
from core.runs.store import Store
from core.runs.tasks import Task
from core.training.records import EpochRecord
from pages.components.run import downloads
from pages.components.run import evaluate as evaluate_page
from pages.components.run.change import came_out
from pages.components.shell.formats import percent
from pages.components.shell.i18n import escaped
from tests.pages.opened import in_link, open_app, widget, written
from tests.runs import ME, YOU, begun, queue, train_next, trained

pytestmark = pytest.mark.usefixtures("tasks_at_once")
open_page = partial(open_app, "pages/3_Runs.py")
open_run = partial(open_app, "pages/2_Train.py")


def labels(widgets: Any) -> list[str]:
    return [one.label for one in widgets]


def names(app: AppTest) -> list[str]:
    return list(app.dataframe[0].value["Run"])


def page_links(app: AppTest) -> dict[str, str]:
    """Links in the page by label: what they ask for."""
    found = [node.proto for node in app.main if node.type == "page_link"]
    return {proto.label: proto.query_string for proto in found}


# --- history ------------------------------------------------------------------------------------------------------


def test_the_first_view_invites() -> None:
    app = open_page()
    assert [one.value for one in app.info] == ["No runs yet. Train one in ten seconds."]
    assert "Train a network" in page_links(app)


def test_the_list_shows_everybody_s_runs_and_finds_some(store: Store) -> None:
    queue(store, "mine")
    yours = queue(store, "yours", owner=YOU)
    owner_actions.sign(store, owner=YOU, nickname="Grace")
    with store.database.begin() as connection:
        connection.execute(update(runs).where(runs.c.id == yours).values(best_val_accuracy=0.978, state=State.STOPPED))
    app = open_page()
    assert names(app) == ["yours", "mine"]
    table = app.dataframe[0].value
    assert list(table["By"]) == ["Grace", "you"]
    assert table["Best"][0] == pytest.approx(97.8)
    widget(app.text_input, "Search").set_value("grace").run()
    assert names(app) == ["yours"]
    widget(app.text_input, "Search").set_value("nobody").run()
    assert [one.value for one in app.info] == ["No run matches. Change the search."]
    widget(app.text_input, "Search").set_value("").run()
    widget(app.toggle, "Mine").set_value(True).run()
    assert names(app) == ["mine"]


def test_a_nickname_is_set_once_for_all_runs(store: Store) -> None:
    queue(store)
    app = open_page()
    widget(app.text_input, "Nickname").set_value("Ada")
    widget(app.button, "Save").click().run()
    assert not app.exception
    assert owner_actions.nickname(store, ME) == "Ada"
    assert list(app.dataframe[0].value["By"]) == ["Ada"]


def test_the_list_has_pages(store: Store) -> None:
    for number in range(53):
        queue(store, f"run {number}", owner=owner_of(str(number)))
    app = open_page()
    assert len(names(app)) == 50
    widget(app.number_input, "Page, 2 in all").set_value(2).run()
    assert names(app) == ["run 2", "run 1", "run 0"]
    widget(app.text_input, "Search").set_value("run 52").run()
    assert names(app) == ["run 52"], "the second page of a search with one is the first"


# --- one run ------------------------------------------------------------------------------------------------------


def test_a_run_opens_from_its_link_with_everything_its_owner_may_do(store: Store) -> None:
    run = trained(store)
    app = open_run(run=run.id)
    assert {"Continue training", "Save", "Delete permanently", "Change and train again"} <= set(labels(app.button))
    assert run.name in [title.value for title in app.subheader]


def test_a_run_is_renamed_and_gets_a_note(store: Store) -> None:
    run = trained(store)
    app = open_run(run=run.id)
    widget(app.text_input, "Name").set_value("better name")
    widget(app.text_area, "Note").set_value("*not bold*")
    widget(app.button, "Save").click().run()
    assert not app.exception
    assert (store.get(run.id).name, store.get(run.id).remark) == ("better name", "*not bold*")
    assert "\\*not bold\\*" in [caption.value for caption in app.caption]


def test_a_finished_run_goes_on_for_more_epochs(store: Store) -> None:
    run = trained(store)
    app = open_run(run=run.id)
    widget(app.number_input, "More epochs").set_value(4).run()
    widget(app.button, "Continue training").click().run()
    assert not app.exception
    assert (store.get(run.id).state, store.get(run.id).config.epochs) == (State.QUEUED, 7)


def test_too_many_epochs_more_are_refused_where_they_stand(store: Store) -> None:
    run = trained(store)
    app = open_run(run=run.id)
    widget(app.number_input, "More epochs").set_value(10**9).run()
    assert "Choose a whole number from 1 to" in written(app)
    assert widget(app.button, "Continue training").disabled


def test_a_refusal_is_a_sentence(store: Store) -> None:
    run = trained(store, scheduler__name="cosine")
    app = open_run(run=run.id)
    widget(app.button, "Continue training").click().run()
    assert "planned for 3 epochs" in app.error[0].value
    assert store.get(run.id).state == State.FINISHED


def test_deleting_leads_back_to_the_list(store: Store) -> None:
    run = trained(store)
    app = open_run(run=run.id)
    widget(app.button, "Delete permanently").click().run()
    assert not app.exception
    assert store.recent() == []
    assert in_link(app) == {}


def test_a_stranger_sees_and_clones_but_changes_nothing(store: Store) -> None:
    run = trained(store, owner=YOU)
    waiting = queue(store, "waiting", owner=YOU)
    for run_id in (run.id, waiting):
        app = open_run(run=run_id)
        buttons = labels(app.button)
        assert "Change and train again" in buttons
        assert not {"Continue training", "Save", "Delete permanently", "Stop", "Resume"} & set(buttons)


def test_a_page_that_is_fooled_is_refused_by_the_server(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another browser's page was drawn with the owner's buttons, as if somebody had changed it on the way."""
    run = trained(store, owner=YOU)
    from pages.components.run import tabs

    monkeypatch.setattr(tabs, "_is_mine", lambda _run: True)
    for press in ("Delete permanently", "Save", "Continue training"):
        app = open_run(run=run.id)
        widget(app.button, press).click().run()
        assert "Only the browser that started this run" in app.error[0].value
        assert store.get(run.id) == run


def test_an_unknown_run_says_so_and_leads_back() -> None:
    app = open_run(run="nowhere")
    assert "There is no run nowhere" in app.error[0].value
    widget(app.button, "All runs").click().run()
    assert in_link(app) == {}


# --- evaluation ---------------------------------------------------------------------------------------------------


def test_a_run_is_evaluated_when_the_tab_is_opened_and_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    run = trained(store)
    app = open_run(run=run.id, tab="Evaluate")
    metrics = {metric.label: metric.value for metric in app.metric}
    assert metrics["Validation accuracy"] == f"{100 * (run.best_val_accuracy or 0):.1f} %"
    found = results.kept(run.id, run.best_epoch or 0)
    assert found is not None
    scores = app.dataframe[0].value
    assert scores["Images"].sum() == len(found.labels) == 359

    def never(_chore: Task) -> None:
        raise AssertionError("it is evaluated again")

    monkeypatch.setattr(tasks, "perform", never)
    assert not open_run(run=run.id, tab="Evaluate").exception


def test_a_cell_in_the_link_shows_exactly_its_images(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    run = trained(store)
    for _ in evaluate(run.id, run.best_epoch or 0):
        pass
    found = results.kept(run.id, run.best_epoch or 0)
    assert found is not None
    label, predicted, number = results.confused_pairs(found)[0]
    drawn: list[list[str]] = []
    monkeypatch.setattr(
        evaluate_page, "image_grid", lambda _pictures, _captions, details, **_rest: drawn.append(details)
    )
    app = open_run(run=run.id, tab="Evaluate", cell=f"{label}-{predicted}")
    positions = [int(re.findall(r"image (\d+)", detail)[0]) for detail in drawn[0]]
    assert positions == results.cell(found, label, predicted).tolist()
    assert len(positions) == number
    assert any(f"of {label}, predicted as {predicted}" in text.value for text in app.markdown)
    for nonsense in ("99-0", "a-b", "-", "3"):
        assert not open_run(run=run.id, tab="Evaluate", cell=nonsense).exception


def test_every_kept_epoch_can_be_chosen(store: Store) -> None:
    run = trained(store)
    app = open_run(run=run.id, tab="Evaluate", epoch="1")
    assert results.kept(run.id, 1) is not None
    assert widget(app.select_slider, "Weights after epoch").value == 1


def test_a_run_without_weights_has_nothing_to_evaluate(store: Store) -> None:
    app = open_run(run=queue(store), tab="Evaluate")
    assert ["no weights" in one.value for one in app.info] == [True]


def test_a_failed_evaluation_says_why_and_can_be_tried_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.errors import DataError
    from core.messages import say

    run = trained(store)

    def gone(_run_id: str, _epoch: int) -> Any:
        raise DataError(say("The images are gone. Import them again."))

    with monkeypatch.context() as patch:
        patch.setattr("core.evaluation.predictions.evaluate", gone)
        tasks.perform(Task(EVALUATE, run.id, (run.best_epoch or 0,)))
        app = open_run(run=run.id, tab="Evaluate")
        assert app.error[0].value == "The images are gone. Import them again."
    widget(app.button, "Try again").click().run()
    assert not app.error
    assert results.kept(run.id, run.best_epoch or 0)


# --- diagnosis ----------------------------------------------------------------------------------------------------


def test_a_diagnosis_prepares_its_one_change(store: Store) -> None:
    run = trained(store, optimizer__lr=0.1, epochs=5)
    app = open_run(run=run.id, tab="Diagnosis")
    assert any("The learning rate is too high" in text.value for text in app.markdown)
    assert "optimizer.lr=0.01" in page_links(app)["Prepare this change"]
    assert "epochs=5" in page_links(app)["Prepare this change"]


def test_a_healthy_run_is_told_so(store: Store) -> None:
    app = open_run(run=trained(store, epochs=4).id, tab="Diagnosis")
    assert "No problems found" in app.success[0].value
    assert "Prepare this change" not in page_links(app)


def test_a_learning_rate_is_found_and_applied(store: Store) -> None:
    run = trained(store, optimizer__lr=0.1)
    app = open_run(run=run.id, tab="Diagnosis")
    widget(app.button, "Find a learning rate").click().run()
    app.run()
    assert not app.exception
    metrics = {metric.label: metric.value for metric in app.metric}
    assert metrics["This run's learning rate"] == "0.1"
    suggested = float(metrics["Suggested"])
    assert 1e-4 < suggested < 0.05
    (apply,) = (query for label, query in page_links(app).items() if label.startswith("Prepare a run"))
    assert f"optimizer.lr={suggested:g}" in apply


# --- hand-in ------------------------------------------------------------------------------------------------------


def test_all_can_be_taken_and_what_cannot_says_why(store: Store) -> None:
    run = trained(store)
    app = open_run(run=run.id, tab="Hand in")
    assert any(code.value.startswith('"""a run: one run of Torch Classroom') for code in app.code)
    files = offered(app)
    assert [file["label"] for file in files][:2] == ["Download all as one zip", "train.py"]
    assert [file["label"] for file in files if not file["address"]] in ([], ["model.onnx"])
    early = offered(open_run(run=queue(store), tab="Hand in"))
    closed = {file["label"]: file["about"] for file in early if not file["address"]}
    assert closed.keys() >= {"weights.safetensors", "metrics.csv", "losses.csv", "model.onnx"}
    assert all(closed.values()), "each says why"


def offered(app: AppTest) -> list[dict[str, Any]]:
    """The files on the tab Hand in."""
    found = [json.loads(node.proto.json or "{}") for node in app.main if node.type == "bidi_component"]
    (files,) = [data["files"] for data in found if "files" in data]
    return list(files)


def test_the_server_makes_a_file_when_its_link_is_followed(store: Store) -> None:
    run = trained(store, "{a} <b>")
    client = TestClient(Starlette(routes=downloads.routes("")))
    files = offered(open_run(run=run.id, tab="Hand in"))
    assert len(files) > 7
    for file in files:
        answer = client.get(f"/{file['address']}")
        assert answer.status_code == 200, file["label"]
        assert answer.headers["content-disposition"] == f'attachment; filename="{file["name"]}"'
        assert answer.content
    with zipfile.ZipFile(io.BytesIO(client.get(f"/{files[0]['address']}").content)) as archive:
        assert archive.testzip() is None


@pytest.mark.parametrize("name", ["nothing.txt", "../../etc/passwd", "weights.safetensors", "%00"])
def test_a_link_to_a_file_that_is_not_there_gets_a_sentence(store: Store, name: str) -> None:
    waiting = queue(store)
    client = TestClient(Starlette(routes=downloads.routes("under/this")))
    for run in (waiting, "no-such-run", "{run}"):
        answer = client.get(f"/under/this/files/{run}/{quote(name, safe='')}")
        assert answer.status_code == 404
        assert "Traceback" not in answer.text


# --- the tutorial's figures -----------------------------------------------------------------------------------


def test_published_figures_stand_beside_ones_own_and_fill_in_while_it_trains(store: Store) -> None:
    run_id = queue(store, recipe="mnist-mixed-activations", epochs=5)
    journal = begun(store)
    journal.epoch(EpochRecord(1, 600, 1.0, 0.6, 1.0, 0.8039, 0.02, 1.0, True))
    (table,) = [one.value for one in open_run(run=run_id).table if "Tutorial" in one.value]
    assert list(table["Tutorial"]) == ["81.1 %", "88.5 %", "90.4 %", "91.6 %", "97.8 %"]
    assert list(table["You"]) == ["80.4 %", "–", "–", "–", "–"]
    assert "Yours differs: Epochs 133 → 5." in written(open_run(run=run_id))


def test_every_epoch_is_listed_as_the_tutorials_print_it(store: Store) -> None:
    run = trained(store)
    table = open_run(run=run.id).dataframe[0].value
    records = history.epoch_records(store.database, run.id)
    assert list(table["Epoch"]) == [1, 2, 3]
    assert list(table["Validation accuracy"]) == [percent(record.val_accuracy) for record in records]


# --- one thing changed --------------------------------------------------------------------------------------------


def changed(store: Store, expected: str | None = None, **changes: Any) -> tuple[Run, Run]:
    """A run, and one that follows it with these settings changed, both trained."""
    first = trained(store, "Read handwritten digits")
    config = with_settings(first.config, {name.replace("__", "."): value for name, value in changes.items()})
    store.create(config, owner=ME, name="second", recipe="digits", follows=first.id, expected=expected)
    return first, train_next(store)


def test_a_change_is_asked_about_kept_and_told_in_one_line(store: Store) -> None:
    first = trained(store, "Read handwritten digits")
    app = open_run(run=first.id)
    widget(app.button, "Change and train again").click().run()
    app.switch_page("pages/2_Train.py").run()
    assert "Change one thing" in written(app)
    widget(app.number_input, "Learning rate").set_value(0.0001).run()
    assert "Learning rate 0.001 → 0.0001" in written(app)
    widget(app.segmented_control, "What do you expect?").set_value("better").run()
    widget(app.button, "Train").click().run()
    assert not app.exception
    second = store.recent(1)[0]
    assert (second.follows, second.expected) == (first.id, "better")
    assert second.name == "Read handwritten digits · Learning rate 0.0001, Epochs 3"
    second = train_next(store)
    told = written(open_run(run=second.id))
    assert "Learning rate 0.001 → 0.0001" in told
    accuracies = f"{percent(first.best_val_accuracy or 0)} → {percent(second.best_val_accuracy or 0)}"
    assert f"Best validation accuracy {accuracies}. You expected: Better. It came out: Worse." in told


@pytest.mark.parametrize(
    ("before", "after", "word"), [(0.9, 0.904, "same"), (0.9, 0.92, "better"), (0.9, 0.88, "worse")]
)
def test_what_another_seed_does_is_no_difference(before: float, after: float, word: str) -> None:
    assert came_out(before, after) == word


def test_the_old_curve_is_behind_the_new_one(store: Store) -> None:
    first, second = changed(store, optimizer__lr=0.01)
    messages = [json.loads(part.proto.json or "{}") for part in open_run(run=second.id).get("bidi_component")]
    loss, accuracy = [message for message in messages if "points" in message]
    assert [trace["name"] for trace in loss["spec"]["traces"]] == ["training", "validation", "training before"]
    _start, _steps, losses = loss["points"][2]
    assert losses[0] == pytest.approx(history.step_losses(store.database, first.id)[1][0], rel=1e-4)
    records = history.epoch_records(store.database, first.id)
    assert accuracy["points"][2][1:] == [
        [record.epoch for record in records],
        pytest.approx([record.val_accuracy for record in records], rel=1e-4),
    ]


def test_again_with_another_seed_is_one_click(store: Store) -> None:
    run = trained(store, "Read handwritten digits")
    widget(open_run(run=run.id).button, "Again with another seed").click().run()
    new = store.recent(1)[0]
    assert new.config == with_settings(run.config, {"seed": run.config.seed + 1})
    assert (new.follows, new.name) == (run.id, f"Read handwritten digits · Seed {run.config.seed + 1}")


def test_a_run_is_compared_from_its_own_page(store: Store) -> None:
    first, second = changed(store, optimizer__lr=0.01)
    app = open_run(run=second.id)
    assert widget(app.selectbox, "Run").value == first.id
    widget(app.button, "Compare").click().run()
    assert in_link(app) == {"compare": f"{first.id},{second.id}"}


def test_legends_name_what_differs(store: Store) -> None:
    first = trained(store, "Read handwritten digits")
    second = trained(store, "Read handwritten digits · Learning rate 0.1", optimizer__lr=0.1)
    app = open_page(compare=f"{first.id},{second.id}")
    assert list(app.table[0].value.index) == [escaped("Learning rate 0.001"), escaped("Learning rate 0.1")]


def test_three_seeds_give_a_band(store: Store) -> None:
    seeds = [trained(store, f"seed {seed}", epochs=2, seed=seed).id for seed in range(3)]
    for ids, bands in ((seeds, 1), (seeds[:2], 0)):
        spec = json.loads(open_page(compare=",".join(ids)).get("plotly_chart")[0].proto.spec)
        assert sum(trace.get("fill") == "tonexty" for trace in spec["data"]) == bands


def test_runs_that_differ_in_their_number_of_images_give_a_learning_curve(store: Store) -> None:
    many, few = (trained(store, f"{number} images", epochs=2, data__per_class=number) for number in (20, 5))
    app = open_page(compare=f"{many.id},{few.id}")
    _overlay, curve = app.get("plotly_chart")
    (trace,) = json.loads(curve.proto.spec)["data"]
    assert trace["x"] == [5, 20]
    assert trace["y"] == [100 * (run.best_val_accuracy or 0) for run in (few, many)]
    assert f"5: {percent(few.best_val_accuracy or 0)}; 20: {percent(many.best_val_accuracy or 0)}" in curve.proto.alt
    whole = trained(store, "another rate", epochs=2, data__per_class=5, optimizer__lr=0.1)
    assert len(open_page(compare=f"{many.id},{whole.id}").get("plotly_chart")) == 1


# --- comparison ---------------------------------------------------------------------------------------------------


def test_a_comparison_tells_only_the_settings_that_differ(store: Store) -> None:
    first = trained(store, "slow", optimizer__lr=0.001)
    second = trained(store, "fast", optimizer__lr=0.01, epochs=2)
    app = open_page(compare=f"{first.id},{second.id},{first.id}")
    outcomes, table = app.table
    assert list(outcomes.value.index) == ["slow", "fast"]
    assert [outcomes.value.loc[run.name, "Best accuracy"] for run in (first, second)] == [
        percent(run.best_val_accuracy or 0) for run in (first, second)
    ]
    assert outcomes.value.loc["slow", "Weights that learn"] == "17,226"
    assert list(table.value.columns) == ["slow", "fast"]
    assert table.value.to_dict("index") == {
        "Learning rate": {"slow": "0.001", "fast": "0.01"},
        "Epochs": {"slow": "3", "fast": "2"},
    }


def test_an_unknown_run_in_a_comparison_is_left_out(store: Store) -> None:
    run = trained(store)
    app = open_page(compare=f"{run.id},nowhere")
    assert "There is no run nowhere" in app.error[0].value
    assert "All settings are equal." in [caption.value for caption in app.caption]


# --- words --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tab", ["Curves", "Evaluate", "Diagnosis", "Hand in"])
def test_every_sentence_passes_through_translation(
    store: Store, untranslated: Callable[[AppTest], set[str]], tab: str
) -> None:
    run = trained(store, "Größe", optimizer__lr=0.1)
    for _ in evaluate(run.id, run.best_epoch or 0):
        pass
    left = untranslated(open_run(run=run.id, tab=f"⟦{tab}⟧"))
    left -= {text for text in left if text.startswith('content: "⟦')}  # a segment of a control
    files = {
        "train.py",
        "**train.py** · ⟦what it looks like⟧",
        "report.html",
        "weights.safetensors",
        "config.json",
        "metrics.csv",
        "losses.csv",
    }
    assert left - files - {"events.out.tfevents", "model.onnx", "Größe", run.id} == set()


def test_the_list_passes_through_translation(store: Store, untranslated: Callable[[AppTest], set[str]]) -> None:
    queue(store, "Größe")
    assert untranslated(open_page()) <= {"Größe"}


def test_a_change_prepared_by_link_is_the_configuration_it_promises(store: Store) -> None:
    from pages.components.shell.links import settings_with

    run = store.get(queue(store, optimizer__lr=0.1, epochs=5))
    query = settings_with(run, {"shuffle": False})
    assert query.pop("recipe") == "digits"
    changed = with_settings(recipe("digits").config, {"optimizer.lr": 0.1, "epochs": 5, "shuffle": False})
    assert query == {"optimizer.lr": "0.1", "epochs": "5", "shuffle": "false"}
    assert changed.optimizer.lr == 0.1
