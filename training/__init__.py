"""Scripts that rebuild the shipped models from the data cards; not part of the installed library."""
