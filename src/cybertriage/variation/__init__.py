"""Variation: the same message in other spellings and about other people; measured on and trained on."""
