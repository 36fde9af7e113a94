import numpy as np

from core.data.builtin.digits import digits


def test_the_digits_are_those_of_scikit_learn() -> None:
    from sklearn.datasets import load_digits

    theirs = load_digits()
    images, labels = digits()
    assert (str(images.dtype), images.shape, str(labels.dtype)) == ("uint8", (1_797, 1, 8, 8), "int64")
    np.testing.assert_array_equal(images[:, 0], np.rint(theirs.images * (255 / 16)))
    np.testing.assert_array_equal(labels, theirs.target)
