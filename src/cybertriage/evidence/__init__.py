"""What leaves the house on request: indicators of confirmed fraud, and sealed packages of what was done."""
