"""Records: what a verdict becomes in a file, how records are written, and how they are read again."""
