"""Triage on a data frame: pandas or polars, whichever is given.

In: a frame and the column that holds the texts. Out: a new frame with the columns `COLUMNS` added; same rows, same
order, same index; the frame given is not changed.
"""

from __future__ import annotations

from typing import Any, TypeVar

from cybertriage.errors import InputError
from cybertriage.integrations import columns, texts_of
from cybertriage.taxonomy import families
from cybertriage.triage import Triage

_Frame = TypeVar("_Frame")


def score_frame(frame: _Frame, column: str, *, triage: Triage, prefix: str = "") -> _Frame:
    """The frame with decision, priority, labels, a probability for each family, language, reasons and model added.

    Parameters
    ----------
    frame
        A pandas or polars `DataFrame`.
    column
        The column that holds the texts.
    triage
        A loaded `Triage`.
    prefix
        Goes before the new names.

    Returns
    -------
    DataFrame
        Of the same kind. Families are calibrated probabilities, 0 to 1; `labels` and `reasons` hold lists.

    Raises
    ------
    InputError
        Naming the column that is missing, doubled or taken, or the row (from 0) that holds no text.

    Examples
    --------
    >>> import pandas
    >>> from cybertriage import Triage
    >>> frame = pandas.DataFrame({"text": ["Апа, кешке нан ала кел"]})
    >>> score_frame(frame, "text", triage=Triage.load("fast")).decision.to_list()
    ['clear']
    """
    kind = type(frame).__module__.partition(".")[0]
    name = type(frame).__name__
    if name != "DataFrame" or kind not in _ADDERS:
        hint = "; call .collect() first" if name == "LazyFrame" else ""
        raise InputError(f"frame must be a pandas or polars DataFrame, got {kind}.{name}{hint}")
    given: Any = frame
    names = list(given.columns)
    if names.count(column) > 1:
        raise InputError(f"frame has {names.count(column)} columns named {column!r}; rename all but one")
    texts = texts_of(given[column].to_list() if column in names else None, column, names, prefix)
    scored: _Frame = _ADDERS[kind](given, columns(triage.run(texts)), prefix)
    return scored


def _to_pandas(frame: Any, added: dict[str, list[Any]], prefix: str) -> Any:  # noqa: ANN401  (pandas is optional)
    import pandas

    return frame.assign(**{prefix + name: pandas.Series(values, index=frame.index) for name, values in added.items()})


def _to_polars(frame: Any, added: dict[str, list[Any]], prefix: str) -> Any:  # noqa: ANN401  (polars is optional)
    import polars

    lists, text = polars.List(polars.String), polars.String
    types: Any = {
        "priority": polars.Int64,
        **dict.fromkeys(families(), polars.Float64),
        "labels": lists,
        "reasons": lists,
    }
    return frame.with_columns(
        polars.Series(prefix + name, values, dtype=types.get(name, text)) for name, values in added.items()
    )


_ADDERS = {"pandas": _to_pandas, "polars": _to_polars}
