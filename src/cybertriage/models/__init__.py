"""Bundles, the inference session and the scorers."""
