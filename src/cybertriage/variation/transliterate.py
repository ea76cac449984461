"""Other spellings of Kazakh and Russian: without Kazakh letters, in Latin alphabets, as typed in chats.

In: a Cyrillic text. Out: the same text respelt. Tables only; the caller's seeded generator picks among them.
Kazakh Latin: the 2018 (acute) and 2021 (umlaut) alphabets and two chat habits.
"""

from __future__ import annotations

_PLAIN = str.maketrans("әғқңөұүһіӘҒҚҢӨҰҮҺІ", "агкноуухиАГКНОУУХИ")


def plain_kazakh(text: str) -> str:
    """Kazakh as typed on a Russian keyboard: ә to а, қ to к and so on."""
    return text.translate(_PLAIN)


def _table(pairs: str) -> dict[str, str]:
    table = {}
    for pair in pairs.split():
        cyrillic, _, latin = pair.partition("=")
        table[cyrillic] = latin
        table[cyrillic.upper()] = latin[:1].upper() + latin[1:]
    return table


_KK_2021 = _table(
    "а=a ә=ä б=b в=v г=g ғ=ğ д=d е=e ё=io ж=j з=z и=i й=i к=k қ=q л=l м=m н=n ң=ñ о=o ө=ö п=p р=r с=s т=t у=u "
    "ұ=ū ү=ü ф=f х=h һ=h ц=ts ч=ch ш=ş щ=ş ъ= ы=y і=ı ь= э=e ю=iu я=ia"
)
_KK_2018 = _table(
    "а=a ә=á б=b в=v г=g ғ=ǵ д=d е=e ё=io ж=j з=z и=ı й=ı к=k қ=q л=l м=m н=n ң=ń о=o ө=ó п=p р=r с=s т=t у=ý "
    "ұ=u ү=ú ф=f х=h һ=h ц=ts ч=ch ш=sh щ=sh ъ= ы=y і=i ь= э=e ю=ıý я=ıa"
)
_KK_CHAT = _table(
    "а=a ә=a б=b в=v г=g ғ=g д=d е=e ё=yo ж=zh з=z и=i й=i к=k қ=k л=l м=m н=n ң=n о=o ө=o п=p р=r с=s т=t у=u "
    "ұ=u ү=u ф=f х=h һ=h ц=c ч=ch ш=sh щ=sh ъ= ы=y і=i ь= э=e ю=yu я=ya"
)
_KK_CHAT_Q = _KK_CHAT | _table("ә=a қ=q ғ=g ж=j ң=n ө=o ү=u і=i ш=sh й=y")
_RU_CHAT = _table(
    "а=a б=b в=v г=g д=d е=e ё=e ж=zh з=z и=i й=y к=k л=l м=m н=n о=o п=p р=r с=s т=t у=u ф=f х=h ц=c ч=ch ш=sh "
    "щ=sch ъ= ы=y ь= э=e ю=yu я=ya"
)
_RU_CHAT_4 = _RU_CHAT | _table("ч=4 ш=6 х=x ж=j ц=ts ю=u й=i щ=sh ы=i")
_RU_FORMAL = _RU_CHAT | _table("й=y х=kh ц=ts щ=shch е=e ё=yo")

KK_LATIN = (_KK_2021, _KK_2018, _KK_CHAT, _KK_CHAT, _KK_CHAT_Q, _KK_CHAT_Q)
RU_LATIN = (_RU_CHAT, _RU_CHAT, _RU_CHAT_4, _RU_FORMAL)


def to_latin(text: str, table: dict[str, str]) -> str:
    """Respell `text` by one of the tables above; other characters stay."""
    return "".join(table.get(char, char) for char in text)
