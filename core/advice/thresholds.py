"""Every threshold of the adviser: what counts as fallen, flat, apart or vanished. They are rules of thumb.

`tests/core/advice` holds them against runs that were made to fail and against healthy ones.
"""

# --- the loss, as a share of the loss at the first step -----------------------------------------------------------

JUMP = 2.0  # a loss this high within the first epoch: the steps overshoot
HARDLY = 0.7  # so much is left where a network hardly learned
UNMOVED = 0.98  # the same, where it learned nothing at all

# --- progress from epoch to epoch ---------------------------------------------------------------------------------

PACE = 0.5  # the last epoch's progress as a share of the average one's, where learning hasn't slowed down
FLAT = 0.05  # share of the loss that the last third of the epochs took away, at most, where learning is over
FLAT_EPOCHS = 5  # epochs before a curve can be called flat

# --- accuracies and their differences, 0..1 -----------------------------------------------------------------------

LOW_ACCURACY, FULL_ACCURACY = 0.9, 0.995  # on training images
COLLAPSE = 0.15  # training accuracy lost after an earlier epoch: the steps overshoot
DROP = 0.03  # validation accuracy of the last epoch below the best one, worth a sentence
# Training accuracy above validation accuracy, and the rise of the validation loss above its lowest with which it
# means overfitting.
GAPS = ((0.10, 0.0), (0.05, 0.05), (0.02, 0.30))
ALIKE = 0.03  # training accuracy above validation accuracy by less is no difference
AHEAD = 0.05  # validation accuracy above training accuracy in the first epoch, which a reader will wonder about
CHANCE = 0.01  # a difference in accuracy that another seed may reverse
GOAL = 0.9  # the validation accuracy that a good activation function reaches early

# --- the data -----------------------------------------------------------------------------------------------------

UNEQUAL = 3.0  # images of the largest class for each of the smallest
REPEATED = 0.5  # correlation of two epochs' losses from which on it is evidence

# --- inside the network -------------------------------------------------------------------------------------------

VANISHED = 1 / 1_000  # the first layer's gradient norm as a share of the last one's
SHRUNK = 1 / 10
GROWN = 10.0
FEW_DEAD = 0.01  # share of a layer's units (0..1) that may be dead without harm
SATURATED = 0.5  # share of a layer's values (0..1) where its function is flat
