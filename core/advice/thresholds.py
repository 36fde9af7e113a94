"""All thresholds of the adviser. They are rules of thumb.

`tests/core/advice` tests them on healthy runs and on runs that were made to fail.
"""

# --- the loss, as a share of the loss at the first step -----------------------------------------------------------

JUMP = 2.0  # a higher loss in the first epoch means that the steps overshoot
HARDLY = 0.7  # a higher loss at the end means that the network hardly learned
UNMOVED = 0.98  # a higher loss at the end means that the network learned nothing

# --- progress from epoch to epoch ---------------------------------------------------------------------------------

PACE = 0.5  # if the last epoch's progress is a larger share of the average, learning hasn't slowed down
FLAT = 0.05  # if the loss changes by a smaller share in the last third of the epochs, the curve is flat
FLAT_EPOCHS = 5  # epochs before a curve can be called flat

# --- accuracies and their differences, 0..1 -----------------------------------------------------------------------

LOW_ACCURACY, FULL_ACCURACY = 0.9, 0.995  # on training images
COLLAPSE = 0.15  # a larger loss of training accuracy means that the steps overshoot
DROP = 0.03  # the summary mentions a last validation accuracy that is this much below the best
# Overfitting: training accuracy minus validation accuracy, with the rise of the validation loss above its minimum.
GAPS = ((0.10, 0.0), (0.05, 0.05), (0.02, 0.30))
ALIKE = 0.03  # a smaller gap between training and validation accuracy isn't mentioned
AHEAD = 0.05  # the summary explains a validation accuracy this far above training accuracy in the first epoch
CHANCE = 0.01  # another seed may reverse a smaller difference in accuracy
GOAL = 0.9  # the validation accuracy that a good activation function reaches early

# --- the data -----------------------------------------------------------------------------------------------------

UNEQUAL = 3.0  # images of the largest class for each image of the smallest
REPEATED = 0.5  # a higher correlation of two epochs' losses is evidence for equal batches

# --- inside the network -------------------------------------------------------------------------------------------

VANISHED = 1 / 1_000  # the first layer's gradient norm as a share of the last one's
SHRUNK = 1 / 10
GROWN = 10.0
FEW_DEAD = 0.01  # share of a layer's units (0..1) that may be dead without harm
SATURATED = 0.5  # share of a layer's values (0..1) where its function is flat
