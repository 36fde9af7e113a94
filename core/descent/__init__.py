"""Gradient descent as a walk: surfaces to walk on, the walk itself, and where its limits lie."""
