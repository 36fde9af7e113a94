"""Gradient descent as a walk: surfaces, walks and the limits of the learning rate."""
