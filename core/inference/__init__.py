"""Predicting images of visitors with a trained network.

paper         finds the sheet, the ink on it, and each drawing
preparation   turns any image into the network's input, step by step
predictor     predicts one image or many
explain       explains a prediction: heat maps, outputs of the layers, filters
steadiness    whether small moves of a drawing change the answer
neighbours    finds the most similar training images
outside       checks and loads networks from files
"""

# A task for `core.runs.tasks`.
DESCRIBE_TRAINING_IMAGES = "core.inference.neighbours:build"
