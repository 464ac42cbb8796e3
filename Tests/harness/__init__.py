"""Runs the real programs for the whole-cluster tests and the demo."""
