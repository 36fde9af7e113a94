import numpy as np

from core.data.split import held_out


def test_a_share_of_each_class_is_held_out() -> None:
    labels = np.repeat([0, 1, 2], [100, 50, 10])
    assert np.bincount(labels[held_out(labels, 0.2)]).tolist() == [20, 10, 2]
    assert np.bincount(labels[held_out(labels, 32)]).tolist() == [20, 10, 2]
    np.testing.assert_array_equal(held_out(labels, 0.2, seed=1), held_out(labels, 0.2, seed=1))
    assert (held_out(labels, 0.2, seed=1) != held_out(labels, 0.2, seed=2)).any()


def test_small_classes_keep_an_image_on_each_side() -> None:
    labels = np.array([0] * 100 + [1, 1] + [2])
    assert np.bincount(labels[held_out(labels, 0.01)], minlength=3).tolist() == [1, 1, 0]
    assert np.bincount(labels[held_out(labels, 0.99)], minlength=3).tolist() == [99, 1, 0]
