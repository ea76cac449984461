"""The inference session; the only module that imports onnxruntime.

In: the verified bytes of a graph. Out: float32 arrays.
Invariants: CPU only, no telemetry, threads stated, no spinning between calls.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cybertriage.errors import BundleError


class Session:
    """One loaded graph. Safe to call from several threads; never pickled: a worker loads its own.

    `without`: graph optimisations of onnxruntime to leave out.
    """

    def __init__(self, graph: bytes, *, threads: int = 1, without: Sequence[str] = ()) -> None:
        import onnxruntime as ort  # here, so that `import cybertriage` stays light

        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        ort.disable_telemetry_events()
        try:
            self._session = ort.InferenceSession(
                graph, options, providers=["CPUExecutionProvider"], disabled_optimizers=list(without)
            )
        except Exception as error:
            raise BundleError(f"onnxruntime {ort.__version__} cannot load model.onnx") from error
        self._inputs = frozenset(i.name for i in self._session.get_inputs())

    def run(self, feeds: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
        """The graph's first output; inputs that the graph does not declare are left out."""
        known = {name: value for name, value in feeds.items() if name in self._inputs}
        result: NDArray[np.float32] = self._session.run(None, known)[0]
        return result

    def __reduce__(self) -> str:
        raise TypeError("a Session is not picklable; load the bundle in each worker")
