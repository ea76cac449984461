"""The facade: texts in, verdicts out.

normalise -> language -> score -> calibrate -> policy -> verdict. Latin Kazakh and Russian are scored as they read in
Cyrillic. A folded view, where there is one, is scored too. Where every letter of it is one that was written, or the
Cyrillic one that it was drawn as, it counts as the message itself, and the language form is told from it; one with a
letter guessed from a digit may raise the scores of some families, and for others can only turn a clear message into an
abstention, as the taxonomy says.
Invariants: one verdict a text, in order; same text, same bundle, same verdict; no text is kept, logged or raised.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from cybertriage import DEFAULT_MODEL
from cybertriage.calibrate import sigmoid
from cybertriage.errors import InputError, PolicyError
from cybertriage.explain import explain_text
from cybertriage.models.bundle import Bundle, load_bundle
from cybertriage.models.load import load_model
from cybertriage.models.windows import text_odds
from cybertriage.policy import Policy, Scored
from cybertriage.taxonomy import LetterFold, family, label
from cybertriage.text.grams import grams
from cybertriage.text.language import speaks
from cybertriage.text.reading import Reading, Views, read, variants_read
from cybertriage.types import Explanation, Facts, LanguageForm, Verdict

_CHUNK = 1024
_SHORT_WORDS = 2
_Result = TypeVar("_Result")
_DIGITS = 5  # decimal places of a published probability


class Triage:
    """Scores messages with one bundle under one policy. Make it with `Triage.load()`; safe to share by threads.

    Examples
    --------
    >>> from cybertriage import Triage
    >>> triage = Triage.load("fast")
    >>> home, bank = triage.run(["Апа, кешке нан ала кел", "Это служба безопасности банка, назовите код из SMS"])
    >>> home.decision.value, home.labels
    ('clear', ())
    >>> bank.decision.value, bank.labels[0], bank.language.form.value
    ('review', 'fraud', 'ru')
    """

    def __init__(self, bundle: Bundle, policy: Policy, *, threads: int = 2) -> None:
        self._bundle = bundle
        self._policy = policy
        self._model = load_model(bundle)
        self._threads = threads
        self._family_columns = [bundle.outputs.index(f) for f in bundle.families]
        self._all_columns = list(range(len(bundle.outputs)))
        held = [f for f in bundle.families if family(f).letter_fold is LetterFold.ABSTAIN]
        self._held = {f: bundle.outputs.index(f) for f in held}
        self._raised_columns = [
            at for at, name in enumerate(bundle.outputs) if name not in bundle.frames and label(name).family not in held
        ]
        self._unfolded = dict.fromkeys(held, 0.0)

    @classmethod
    def load(
        cls, model: str | Path = DEFAULT_MODEL, *, policy: str | Path | Policy | None = None, threads: int = 2
    ) -> Triage:
        """Load a shipped model by name, or a bundle folder by path, offline.

        Parameters
        ----------
        model
            `"cascade"`, `"fast"`, `"encoder"`, or the folder of a bundle.
        policy
            A `Policy`, a TOML file, or None for the bundle's own. It may name fewer families than the bundle knows; the
            others are then not looked for.
        threads
            How many chunks are scored at once, 1 or more.

        Returns
        -------
        Triage
            Ready to score.

        Raises
        ------
        BundleError
            Where the bundle is changed or unknown.
        PolicyError
            Where the policy is not of the stated form, or names a family that the bundle does not know.
        """
        if threads < 1:
            raise InputError(f"threads must be 1 or more, got {threads}")
        bundle = load_bundle(model)
        if policy is None:
            policy = Policy.parse(bundle.policy)
        elif not isinstance(policy, Policy):
            policy = Policy.load(policy)
        if unknown := [f for f in policy.bands if f not in bundle.families]:
            raise PolicyError(
                f"policy names {', '.join(unknown)}, which {bundle.name} has no output for; take the table out of the "
                f"policy, or use a bundle that knows it ({bundle.name} knows {', '.join(bundle.families)})"
            )
        return cls(bundle, policy, threads=threads)

    @property
    def model(self) -> str:
        """Name, version and digest of the bundle: what every verdict carries."""
        return self._bundle.id

    @property
    def families(self) -> tuple[str, ...]:
        """The families that the model answers for, in the order of outputs."""
        return self._bundle.families

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self._policy

    def run(self, texts: Sequence[str]) -> list[Verdict]:
        """Decide on each text.

        Parameters
        ----------
        texts
            Messages; any `str` is accepted, the empty one too.

        Returns
        -------
        list of Verdict
            One a text, in the same order.

        Raises
        ------
        InputError
            Naming the position, when something is not a `str`.
        """
        return self._in_chunks(texts, self._decide_chunk)

    def run_turns(self, turns: Sequence[str]) -> list[Verdict]:
        """Decide on a call or chat as it grows; the unit stays one message, the conversation so far.

        Parameters
        ----------
        turns
            What was said, in order.

        Returns
        -------
        list of Verdict
            Verdict `i` is on turns 0 to `i`, one a line.

        Raises
        ------
        InputError
            Naming the position, when something is not a `str`.
        """
        _check(turns)
        return self.run(["\n".join(turns[: at + 1]) for at in range(len(turns))])

    def score(self, texts: Sequence[str]) -> list[Scored]:
        """Calibrated scores, language and facts of each text, before any policy."""
        return self._in_chunks(texts, self._score_chunk)

    def explain(self, texts: Sequence[str]) -> list[Explanation]:
        """The words for and against each family in each text, as spans of the original text.

        Words are left out in turn and the deployed graph asked again (occlusion; Zeiler and Fergus 2014); the cascade
        asks about the words that its fast model holds to matter most.
        """
        _check(texts)
        with ThreadPoolExecutor(self._threads) as pool:
            return list(pool.map(self._explain_one, texts))

    def _in_chunks(self, texts: Sequence[str], work: Callable[[Sequence[str]], list[_Result]]) -> list[_Result]:
        """Results of every chunk, in order; several chunks at once where there are threads for them."""
        _check(texts)
        chunks = [texts[at : at + _CHUNK] for at in range(0, len(texts), _CHUNK)]
        if self._threads == 1 or len(chunks) < 2:
            return [result for chunk in chunks for result in work(chunk)]
        with ThreadPoolExecutor(self._threads) as pool:
            return [result for part in pool.map(work, chunks) for result in part]

    def _decide_chunk(self, texts: Sequence[str]) -> list[Verdict]:
        model = self.model
        return [self._policy.decide(scored, model=model) for scored in self._score_chunk(texts)]

    def _explain_one(self, text: str) -> Explanation:
        return explain_text(text, self._bundle.families, self._family_odds, self._guessed_odds)

    def _family_odds(self, variants: Sequence[str], form: str) -> NDArray[np.float64]:
        return self._model.variant_odds(variants_read(variants, form), form)[:, self._family_columns]

    def _guessed_odds(self, variants: Sequence[str], form: str) -> NDArray[np.float64] | None:
        odds = self._model.guessed_odds(variants_read(variants, form), form)
        return None if odds is None else odds[:, self._family_columns]

    def _score_chunk(self, texts: Sequence[str]) -> list[Scored]:
        reading = read(texts)
        views, table, languages = reading.views, reading.table, reading.languages
        odds = self._odds(reading)
        folded = self._merge_folded(odds, views, len(texts))
        probabilities = _published(odds[: len(texts)]).tolist()
        words = np.bincount(table.row[table.is_word], minlength=len(views.texts))
        other = [at for at in range(len(texts)) if languages[at].form is LanguageForm.OTHER]
        wordless = {at for at, some in zip(other, speaks([views.texts[at] for at in other]), strict=True) if not some}
        facts = [
            Facts(count < _SHORT_WORDS, folded.get(at, self._unfolded), wordless=at in wordless)
            for at, count in enumerate(words[: len(texts)].tolist())
        ]
        outputs = self._bundle.outputs
        return [
            Scored(dict(zip(outputs, row, strict=True)), language, fact)
            for row, language, fact in zip(probabilities, languages, facts, strict=False)
        ]

    def _odds(self, reading: Reading) -> NDArray[np.float64]:
        """Log-odds of views, those of Latin forms as they read in Cyrillic, shape (views, outputs)."""
        forms, spelt = reading.forms, reading.spelt()
        # What is read in Cyrillic is not worth the encoder's time as it was typed.
        texts = ["" if at in spelt else text for at, text in enumerate(reading.views.texts)]
        odds = text_odds(self._model, texts, forms, reading.table)
        if spelt:
            other = list(spelt.values())
            odds[list(spelt)] = text_odds(self._model, other, [forms[at] for at in spelt], grams(other))
        return odds

    def _merge_folded(self, odds: NDArray[np.float64], views: Views, plain: int) -> dict[int, dict[str, float]]:
        """Let folded views raise what they may; return what each says of the families it may not raise, by its text."""
        marks = zip(views.folded_of, views.letters_kept, views.read_instead, strict=True)
        for view, (owner, kept, instead) in enumerate(marks, start=plain):
            if instead:
                odds[owner] = odds[view]
                continue
            # With its letters kept a view raises protective frames beside what they cap, as the message itself would.
            columns = self._all_columns if kept else self._raised_columns
            odds[owner, columns] = np.maximum(odds[owner, columns], odds[view, columns])
        said = _published(odds[plain:, list(self._held.values())]).tolist()
        return {
            owner: dict(zip(self._held, row, strict=True)) for owner, row in zip(views.folded_of, said, strict=True)
        }


def _published(odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities as verdicts carry them: rounded, and never quite certain."""
    return np.minimum(np.round(sigmoid(odds), _DIGITS), 1 - 10.0**-_DIGITS)


def _check(texts: Sequence[str]) -> None:
    if isinstance(texts, str):
        raise InputError("texts must be a sequence of str, not one str; write run([text])")
    for at, text in enumerate(texts):
        if not isinstance(text, str):
            raise InputError(f"texts[{at}] must be str, got {type(text).__name__}; use '' where there is no text")
