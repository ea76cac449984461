"""The families that the functional suites, the identity templates and the first test corpora cover.

Others are scored like any family, but nothing here can yet say how well; their own suites add them.
"""

from __future__ import annotations

COVERED = ("fraud", "radical")
