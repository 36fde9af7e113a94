"""The board: what it keeps back, who may submit, the Ladder rule, and the reveal."""

from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

from core import environment
from core.classes import board, ending, room
from core.classes.scoring import score
from core.config import DataConfig, RunConfig
from core.data import datasets, held_back
from core.errors import ClassError, DataError
from core.recipes import configure
from core.runs.schema import classes, submissions
from core.runs.store import Store
from tests.core.classes.conftest import ANNA, BEN, STRANGER, TEACHER, Lesson, opened
from tests.runs import queue, trained

DIGITS = configure("digits", {})


def with_board(store: Store, lesson: Lesson, **given: float) -> str:
    """Open a board on the digits; returns its id."""
    board.open_board(store.database, lesson.id, "digits", teacher=TEACHER, **given)  # type: ignore[arg-type]
    with store.database.connect() as connection:
        return str(connection.scalar(select(classes.c.board).where(classes.c.id == lesson.id)))


def scored(store: Store, lesson: Lesson, owner: str, **settings: Any) -> str:
    """Train a run, submit it and have it scored; returns its id."""
    run = trained(store, owner=owner, epochs=1, **settings)
    number = board.submit(store.database, lesson.id, run.id, owner=owner)
    for _progress in score(run.id, number):
        pass
    return run.id


def contents(images: datasets.ImageSet) -> set[bytes]:
    return {image.numpy().tobytes() for image in images.at(slice(None))}


def data(board_id: str, **given: object) -> DataConfig:
    return DataConfig.model_validate({"dataset": "digits", "validation_fraction": 0.2, "board": board_id} | given)


def test_nobody_learns_from_or_is_tested_on_what_is_kept_back(folders: object) -> None:
    held_back.make("0" * 12, 0.2)
    held_back.make("1" * 12, 0.2)
    for _ in datasets.prepare(data("")):
        pass
    hidden, public = datasets.held_back_images(data("0" * 12))
    assert 0.15 < len(hidden) / 1797 < 0.25
    assert 0.35 < public.mean() < 0.65
    for other in (data("0" * 12), data("0" * 12, split_seed=7), data("0" * 12, validation_fraction=0.5)):
        seen = datasets.load(other)
        assert not (contents(seen.train) | contents(seen.validation)) & contents(hidden)
        assert len(seen.train) + len(seen.validation) + len(hidden) == 1797
    assert contents(datasets.held_back_images(data("1" * 12))[0]) != contents(hidden), "each board has its own key"
    small = data("0" * 12, image_size=4)
    for _ in datasets.prepare(small):
        pass
    assert datasets.held_back_images(small)[1].tolist() == public.tolist(), "the same images in every size"
    held_back.forget("0" * 12)
    with pytest.raises(DataError, match="board of this class is gone"):
        held_back.masks("0" * 12, np.zeros((1, 1, 8, 8), np.uint8))


def test_the_whole_set_lacks_what_is_kept_back_of_its_sample() -> None:
    assert held_back.same_images("mnist", "mnist_sample")
    assert not held_back.same_images("mnist", "fashion_sample")
    held_back.make("2" * 12, 0.3)
    images = np.random.default_rng(0).integers(0, 256, (50, 1, 28, 28), dtype=np.uint8)
    whole, public = held_back.masks("2" * 12, images)
    order = np.random.default_rng(1).permutation(50)[:20]
    assert held_back.masks("2" * 12, images[order])[0].tolist() == whole[order].tolist()
    assert not (public & ~whole).any()


def test_every_run_of_the_class_lacks_them_and_no_other_does(store: Store, lesson: Lesson) -> None:
    before = queue(store, owner=ANNA)
    hidden = with_board(store, lesson)

    def board_of(run_id: str) -> str:
        return store.get(run_id).config.data.board

    assert board_of(before) == ""
    for made_up in ("", "f" * 12):
        config = DIGITS.model_copy(update={"data": DIGITS.data.model_copy(update={"board": made_up})})
        mine = store.create(config, owner=ANNA, name="mine")
        compared = store.comparison(store.create_comparison({"a": config, "b": config}, owner=BEN))
        assert [board_of(run) for run in (mine, *(one.id for one in compared))] == [hidden] * 3
        assert board_of(store.create(config, owner=STRANGER, name="outside")) == ""
    assert board_of(queue(store, owner=ANNA, data__dataset="fashion_sample")) == ""


def test_a_board_is_the_teacher_s_and_there_is_one(store: Store, lesson: Lesson) -> None:
    with pytest.raises(ClassError, match="Only the teacher"):
        board.open_board(store.database, lesson.id, "digits", teacher=ANNA)
    with pytest.raises(ClassError, match="come with the app"):
        board.open_board(store.database, lesson.id, "points", teacher=TEACHER)
    with pytest.raises(ClassError, match="10 to 50 %"):
        board.open_board(store.database, lesson.id, "digits", teacher=TEACHER, share=0.9)
    with_board(store, lesson)
    with pytest.raises(ClassError, match="has a board already"):
        board.open_board(store.database, lesson.id, "digits", teacher=TEACHER)
    assert len(list((environment.state_dir() / "boards").iterdir())) == 1, "refused boards leave no key"


def test_from_the_first_submission_to_the_reveal(store: Store, lesson: Lesson) -> None:
    early = trained(store, owner=ANNA, epochs=1)
    with_board(store, lesson, tries=2)
    with pytest.raises(ClassError, match="No run has a score"):
        board.reveal(store.database, lesson.id, teacher=TEACHER)
    with pytest.raises(ClassError, match="started before the board"):
        board.submit(store.database, lesson.id, early.id, owner=ANNA)

    first = scored(store, lesson, ANNA, optimizer__lr=0.0001)
    better = scored(store, lesson, ANNA)
    scored(store, lesson, BEN)
    mine = board.submitted(store.database, lesson.id, owner=ANNA)
    assert [(one.run_id, one.stands) for one in mine] == [(first, True), (better, True)]
    public = board.standings(store.database, lesson.id, viewer=BEN)
    assert {one.owner: one.tries for one in public} == {ANNA: 2, BEN: 1}
    assert next(one.run_id for one in public if one.owner == ANNA) == better
    assert all(0 < one.public <= 1 and one.private is None and one.private_place is None for one in public)

    third = trained(store, owner=ANNA, epochs=1)
    with pytest.raises(ClassError, match="used all your tries: 2"):
        board.submit(store.database, lesson.id, third.id, owner=ANNA)
    with pytest.raises(ClassError, match="isn't one of your runs"):
        board.submit(store.database, lesson.id, third.id, owner=BEN)
    with pytest.raises(ClassError, match="no result yet"):
        board.submit(store.database, lesson.id, queue(store, owner=BEN), owner=BEN)
    ben = next(one for one in public if one.owner == BEN)
    with pytest.raises(ClassError, match="already"):
        board.submit(store.database, lesson.id, ben.run_id, owner=BEN)

    with pytest.raises(ClassError, match="Only the teacher"):
        board.reveal(store.database, lesson.id, teacher=ANNA)
    board.reveal(store.database, lesson.id, teacher=TEACHER)
    found = board.standings(store.database, lesson.id, viewer=ANNA)
    assert [one.private_place for one in found] == sorted(one.private_place or 0 for one in found)
    assert all(one.private is not None and 0 < one.private <= 1 for one in found)
    with pytest.raises(ClassError, match="revealed"):
        board.submit(store.database, lesson.id, third.id, owner=BEN)
    with pytest.raises(ClassError, match="Only members"):
        board.standings(store.database, lesson.id, viewer=STRANGER)

    room.remove(store.database, lesson.id, BEN, teacher=TEACHER)
    assert [one.owner for one in board.standings(store.database, lesson.id, viewer=ANNA)] == [ANNA]
    ending.delete_all(store.database, lesson.id, teacher=TEACHER)
    with store.database.connect() as connection:
        assert connection.execute(select(submissions)).all() == []
    assert list((environment.state_dir() / "boards").iterdir()) == []


def test_weights_of_a_run_that_knew_the_hidden_images_are_refused(store: Store, lesson: Lesson) -> None:
    knew = trained(store, owner=ANNA, epochs=1)
    with_board(store, lesson)
    other = opened(store, "9a", STRANGER)
    child = trained(store, owner=ANNA, epochs=1, transfer__weights=knew.id)
    grandchild = trained(store, owner=ANNA, epochs=1, transfer__weights=child.id)
    for run in (child, grandchild):
        with pytest.raises(ClassError, match="began with the weights"):
            board.submit(store.database, lesson.id, run.id, owner=ANNA)
    honest = trained(store, owner=ANNA, epochs=1)
    follows = trained(store, owner=ANNA, epochs=1, transfer__weights=honest.id)
    board.submit(store.database, lesson.id, follows.id, owner=ANNA)
    with pytest.raises(ClassError, match="no board"):
        board.submit(store.database, other.id, honest.id, owner=ANNA)


def test_a_new_score_must_be_better_by_more_than_chance(store: Store, lesson: Lesson) -> None:
    old = np.arange(100) < 80
    better, by_luck = old.copy(), old.copy()
    better[80:90] = True
    by_luck[80:84], by_luck[:3] = True, False
    assert board.is_better(better, old)
    assert not board.is_better(by_luck, old)
    assert not board.is_better(old, old)
    with_board(store, lesson)
    runs = [trained(store, owner=ANNA, epochs=1).id for _ in range(3)]
    for run, right in zip(runs, (old, by_luck, better), strict=True):
        board.record(store.database, board.submit(store.database, lesson.id, run, owner=ANNA), right, old)
    assert [one.stands for one in board.submitted(store.database, lesson.id, owner=ANNA)] == [True, False, True]
    (standing,) = board.standings(store.database, lesson.id, viewer=BEN)
    assert (standing.run_id, standing.public) == (runs[2], 0.9)


def test_places_are_shared_and_the_private_half_decides(store: Store, lesson: Lesson) -> None:
    with_board(store, lesson)
    half = np.arange(100)
    for owner, public, private in ((ANNA, 90, 70), (BEN, 80, 80)):
        run = trained(store, owner=owner, epochs=1)
        number = board.submit(store.database, lesson.id, run.id, owner=owner)
        board.record(store.database, number, half < public, half < private)
        board.record(store.database, number, half < 0, half < 0)  # scored twice: the first one counts
    assert [one.owner for one in board.standings(store.database, lesson.id, viewer=ANNA)] == [ANNA, BEN]
    board.reveal(store.database, lesson.id, teacher=TEACHER)
    found = board.standings(store.database, lesson.id, viewer=ANNA)
    assert [(one.owner, one.public_place, one.private_place) for one in found] == [(BEN, 2, 1), (ANNA, 1, 2)]


def test_the_lock_of_a_class_does_not_mind_the_board(store: Store, lesson: Lesson) -> None:
    from core.classes import together

    config: RunConfig = configure("digits", {"epochs": 2})
    together.start_here(store.database, lesson.id, teacher=TEACHER, page="pages/2_Train.py", query={}, config=config)
    together.lock(store.database, lesson.id, [], teacher=TEACHER)
    hidden = with_board(store, lesson)
    assert store.get(store.create(config, owner=ANNA, name="a run")).config.data.board == hidden
