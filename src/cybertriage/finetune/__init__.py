"""Fine-tuning: a shipped model fitted to a labelled table of one's own; needs the extra `finetune`."""

from __future__ import annotations

from cybertriage.extras import need

for _package in ("sklearn", "onnx"):
    need(_package, "finetune")
