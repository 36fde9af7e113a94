"""Activation functions: their modules, curves, facts and speed."""
