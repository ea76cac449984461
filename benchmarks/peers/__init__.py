"""What people would use instead, measured in one run on the same rows and the same cores.

`python -m benchmarks.peers` trains every peer on the rows that the `fast` model was trained on, scores the same unseen
texts with each, and measures speed, size, memory and cold start of each in processes of their own. A peer whose
package is not there is named as not run, with the reason.
"""
