"""The audit log: who did what with which file, in a chain of hashes."""
