"""Runs: score a whole file with every worker busy, exactly resumed where a run was cut off, with its manifest."""
