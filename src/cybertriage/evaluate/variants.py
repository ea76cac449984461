"""Invariance and directional tests (CheckList; Ribeiro et al. 2020), made from cases by transform, never stored.

In: a functional case. Out: its variant under a test, or None where the test does not apply to it.
Invariance: another spelling of the same message must not change whether the family is flagged. Directional: a sentence
or a frame is added that must move the family's probability one way: a demand up, a quoting condemnation or a negation
down. Invariant: a variant depends on the case's text, language and id alone.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from cybertriage.evaluate.cases import Case
from cybertriage.variation.perturb import bare, latin, plain, typos

Change = Callable[[str, str, random.Random], str | None]


class Expects(StrEnum):
    """What a test expects."""

    SAME = "same"
    RISES = "rises"
    FALLS = "falls"


@dataclass(frozen=True, slots=True)
class Variation:
    """One test: the family, the functions it takes cases from (all where empty), what it changes and expects."""

    name: str
    kind: Expects
    what: str
    change: Change
    suite: str = ""
    expect: str = ""
    functions: frozenset[str] = frozenset()

    def variant(self, case: Case) -> str | None:
        """The case's text under this test; None where it does not apply or changes nothing."""
        function = case.function
        if self.suite not in ("", function.suite) or self.expect not in ("", function.expect):
            return None
        if self.functions and function.name not in self.functions:
            return None
        out = self.change(case.text, case.language, random.Random(f"{self.name}/{case.id}"))
        return out if out != case.text else None


def _lower(text: str, form: str, rng: random.Random) -> str | None:
    return text.lower()


def _upper(text: str, form: str, rng: random.Random) -> str | None:
    return text.upper()


def _one_typo(text: str, form: str, rng: random.Random) -> str | None:
    return typos(text, form, rng, every=len(text))  # `every` above the number of words: one word


def _yo(text: str, form: str, rng: random.Random) -> str | None:
    return text.translate(str.maketrans("ёЁ", "еЕ"))


def _spaces(text: str, form: str, rng: random.Random) -> str | None:
    return re.sub(r"(?<=\S) (?=\S)", "  ", text).replace(".  ", ".\n")


def _quotes(text: str, form: str, rng: random.Random) -> str | None:
    return text.translate(str.maketrans("«»—–", '""--'))


def _smile(text: str, form: str, rng: random.Random) -> str | None:
    return f"{text} 🙂"


def _greeting(text: str, form: str, rng: random.Random) -> str | None:
    return f"{_by(form, 'Сәлеметсіз бе!', 'Здравствуйте!')} {text}"


def _adds(kk: str, ru: str) -> Change:
    return lambda text, form, rng: f"{text} {_by(form, kk, ru)}"


def _frames(kk: str, ru: str) -> Change:
    """The text inside a frame; `{}` is its place."""
    return lambda text, form, rng: _by(form, kk, ru).format(text.replace("{", "(").replace("}", ")"))


def _by(form: str, kk: str, ru: str) -> str:
    return kk if form.startswith("kk") else ru


# Imperatives of the code demand and their negations, by whole word.
_NEGATED: Mapping[str, str] = {
    "айтыңыз": "айтпаңыз", "айтыңызшы": "айтпаңызшы", "айтшы": "айтпашы", "айт": "айтпа", "жіберіңіз": "жібермеңіз",
    "жібер": "жіберме", "жазыңыз": "жазбаңыз", "жаз": "жазба", "беріңіз": "бермеңіз", "бер": "берме",
    "скажите": "не говорите", "скажи": "не говори", "назовите": "не называйте", "назови": "не называй",
    "сообщите": "не сообщайте", "сообщи": "не сообщай", "продиктуйте": "не диктуйте", "продиктуй": "не диктуй",
    "пришлите": "не присылайте", "пришли": "не присылай", "отправьте": "не отправляйте", "отправь": "не отправляй",
    "введите": "не вводите", "введи": "не вводи", "передайте": "не передавайте", "дайте": "не давайте",
}  # fmt: skip
_IMPERATIVE = re.compile(rf"\b(?:{'|'.join(sorted(_NEGATED, key=len, reverse=True))})\b", re.I)


def _negated(text: str, form: str, rng: random.Random) -> str | None:
    def negate(match: re.Match[str]) -> str:
        word = _NEGATED[match.group().lower()]
        return word.capitalize() if match.group()[0].isupper() else word

    return _IMPERATIVE.sub(negate, text)


INVARIANCE = (
    Variation("lower_case", Expects.SAME, "all small letters", _lower),
    Variation("upper_case", Expects.SAME, "all capitals", _upper),
    Variation("no_punctuation", Expects.SAME, "punctuation left out", bare),
    Variation("no_kazakh_letters", Expects.SAME, "Kazakh typed without its own letters", plain),
    Variation("latin", Expects.SAME, "Latin spelling", latin),
    Variation("one_typo", Expects.SAME, "one word mistyped", _one_typo),
    Variation("no_yo", Expects.SAME, "е for ё", _yo),
    Variation("spaces", Expects.SAME, "doubled spaces and line breaks", _spaces),
    Variation("quotes", Expects.SAME, "plain quotation marks and hyphens", _quotes),
    Variation("smile", Expects.SAME, "a smile added", _smile),
    Variation("greeting", Expects.SAME, "a greeting put before", _greeting),
)

DIRECTIONAL = (
    Variation("condemned_scam", Expects.FALLS, "a scam quoted in a warning against it",
         _frames("Абайлаңыздар, алаяқтар былай жазып жүр: «{}» Бұған сенбеңіздер, жауап бермеңіздер.",
                 "Осторожно, мошенники рассылают такое: «{}» Не верьте и не отвечайте."),
         "FRcheck", "flag"),
    Variation("negated_demand", Expects.FALLS, "the demand for the code turned into 'do not tell'", _negated,
         functions=frozenset({"code_request", "negation_says_tell"})),
    Variation("demand_added", Expects.RISES, "a genuine notice goes on to ask for the code",
         _adds("Телефоныңызға келген SMS-кодты маған айтыңыз.", "Продиктуйте мне код из SMS, который вам пришёл."),
         functions=frozenset({"code_genuine", "block_notice", "delivery_plain", "state_message"})),
    Variation("transfer_added", Expects.RISES, "an ordinary notice goes on to ask for a transfer to a safe account",
         _adds("Ақшаңызды қазір қауіпсіз шотқа аударыңыз.", "Срочно переведите деньги на безопасный счёт."),
         functions=frozenset({"code_genuine", "block_notice", "lawful_debt", "state_message"})),
    Variation("condemned_words", Expects.FALLS, "hateful or violent words quoted to condemn them",
         _frames("Біреу былай жазыпты: «{}» Мұндай сөзге қарсымын, бұлай айтуға болмайды.",
                 "Кто-то написал: «{}» Я против таких слов, так говорить нельзя."),
         "VEcheck", "flag"),
    Variation("call_added", Expects.RISES, "a neutral sentence on a group goes on to call for violence",
         _adds("Олардың бәрін аямай ұрып, қырып тастау керек.", "Их всех надо бить и убивать без жалости."),
         functions=frozenset({"identity_neutral"})),
)  # fmt: skip
