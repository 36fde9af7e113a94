"""A trained network and an image from outside.

preparation   from any image to the network's input, step by step
predictor     what one image, or a thousand, are taken for
explain       why: heat maps, what each layer gives, filters
neighbours    the training images that look most alike to the network, and whether any does
outside       weights that come as a file
"""

# Work for `core.runs.tasks`.
DESCRIBE_TRAINING_IMAGES = "core.inference.neighbours:build"
