"""Which runs of characters are numbers of a person or an account: checksums and plausibility.

In: a run of digits, with the spaces and dashes people put in. Out: whether it can be such a number.
Invariants: any `str` is accepted; digits of every script count as their value.
"""

from __future__ import annotations

import re
import unicodedata

_ZEROS = str.maketrans("OoОо", "0000")  # the letter for the digit
_CYRILLIC_TWINS = str.maketrans("АВСЕНКМОРТХ", "ABCEHKMOPTX")
# Second group of a Kazakhstan or Russian number after the trunk digit: mobile codes, then the great landline ones.
_AREAS = re.compile(r"7(?:0\d|47|7[15678])|7[12]\d|9\d\d|495|499|812|800")
_ANY_AREA = re.compile(r"[34689]\d\d|7[0-8]\d")
_THOUSANDS = re.compile(r"\d{1,3}(?:\D\d{3})+")
# Country calling codes (ITU-T E.164) but 7.
_COUNTRIES = re.compile(
    r"1|20|27|2[1-69]\d|3[0-469]|3[578]\d|4[013-9]|42[013]|5[1-8]|5[09]\d|6[0-6]|6[789]\d|8[1246]|85\d|88\d"
    r"|9[0-58]|9[679]\d"
)


def digits_of(text: str) -> str:
    """The decimal digits of `text` as ASCII."""
    return "".join(str(unicodedata.decimal(c)) for c in text.translate(_ZEROS) if c.isdecimal())


def valid_iin(text: str) -> bool:
    """Checksum of a Kazakhstan IIN or BIN: weights 1-11, then 3-11, 1, 2 where the first gives 10."""
    digits = [int(d) for d in digits_of(text)]
    if len(digits) != 12:
        return False
    for weights in (range(1, 12), (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)):
        check = sum(w * d for w, d in zip(weights, digits, strict=False)) % 11
        if check != 10:
            return check == digits[11]
    return False


def plausible_iin(text: str) -> bool:
    """A valid checksum, and a day of birth and century (IIN), or a month and kind of organisation (BIN), before it.

    One order number of 12 digits in eleven has the checksum; one in some three hundred has both.
    """
    digits = digits_of(text)
    if not valid_iin(digits) or not 1 <= int(digits[2:4]) <= 12:
        return False
    person = 1 <= int(digits[4:6]) <= 31 and digits[6] in "0123456"
    organisation = digits[4] in "456" and digits[5] in "0123"
    return person or organisation


def valid_card(text: str) -> bool:
    """Luhn checksum (ISO/IEC 7812-1) of 16 digits, or the 15 of American Express, of an issuer that there is."""
    bare = digits_of(text)
    digits = [int(d) for d in bare]
    doubled = [sum(divmod(2 * d, 10)) for d in digits[-2::-2]]
    if (sum(digits[::-2]) + sum(doubled)) % 10 != 0:
        return False
    if len(digits) == 15:
        return bare.startswith(("34", "37"))
    # Mir and Mastercard, JCB, Visa, Mastercard and Maestro, UnionPay; Uzcard, Humo, Elcard.
    return len(digits) == 16 and (bare[0] in "456" or "22" <= bare[:2] <= "27" or bare.startswith(_ISSUERS))


def card_of_an_issuer(text: str) -> bool:
    """Sixteen digits that begin as an issuer's cards do, whatever the checksum: one digit is often mistyped."""
    bare = digits_of(text)
    return len(bare) == 16 and (bare[0] in "45" or "22" <= bare[:2] <= "27" or bare.startswith("62"))


_ISSUERS = ("35", "30", "36", "8600", "9860", "9417")


def valid_iban(text: str) -> bool:
    """mod-97 checksum (ISO 13616) of a 20-character Kazakhstan IBAN; Cyrillic twins of its letters count as them."""
    bare = iban_of(text)
    if not re.fullmatch(r"KZ\d{5}[0-9A-Z]{13}", bare, re.ASCII):
        return False
    return int("".join(str(int(c, 36)) for c in bare[4:] + bare[:4])) % 97 == 1


def iban_of(text: str) -> str:
    """An IBAN as banks write it in files: capital Latin letters and digits, no spaces."""
    bare = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text if c.isalnum())
    return bare.upper().translate(_CYRILLIC_TWINS)


def plausible_phone(text: str) -> bool:
    """A Kazakhstan or Russian number of 11 digits, by its area code; without a plus, not one written like a sum."""
    digits = digits_of(text)
    if len(digits) != 11:
        return False
    if "+" in text or not text.isdecimal():
        written = re.sub(r"\s+", " ", text.strip())
        return bool(_ANY_AREA.match(digits, 1)) and not _THOUSANDS.fullmatch(written)
    return bool(_AREAS.match(digits, 1))


def plausible_foreign_phone(text: str) -> bool:
    """10 to 15 digits after a plus or 00, of a country that there is; not a sum in thousands."""
    digits = digits_of(text).removeprefix("00")
    if not 10 <= len(digits) <= 15 or not _COUNTRIES.match(digits):
        return False
    return len(digits) > 11 or not _THOUSANDS.fullmatch(text.lstrip("+ "))


def phone_of(text: str) -> str:
    """A phone in the form of E.164, `+77010001234`; ten digits, or eleven from a trunk 8, are of the +7 plan."""
    digits = digits_of(text)
    if "+" not in text and digits.startswith("00"):
        digits = digits[2:]
    if len(digits) == 11 and digits.startswith("8") and "+" not in text:
        digits = "7" + digits[1:]
    return "+" + ("7" + digits if len(digits) == 10 and digits.startswith("7") and "+" not in text else digits)
