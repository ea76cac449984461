"""The review queue: flagged messages and a blind control sample before people; what they decide, and what it shows."""
