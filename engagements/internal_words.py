"""The words by which people mark a text as internal, in any spelling, case, decoration and common language. Pure.

``in_heading`` is broad: a heading that holds such a word anywhere is internal. A line without the mark of a heading
has to consist of such words (``is_label``) or begin with them (``is_lead``), because "the internal mail moves first"
is a sentence that customers may read.
"""

import re
import unicodedata
from functools import lru_cache

LONGEST_LABEL = 80  # characters; a longer line is a sentence
MOST_LABEL_WORDS = 8
MOST_LETTERS = 20  # that stand apart and are put together
# Letters that look like Latin ones, as they come from copying or from hiding a word.
LOOKALIKES = str.maketrans("аеіјкорсухѕԁһ" + "αεικορυνηтм", "aeijkopcyxsdh" + "aeikopunntm")


def folded(text: str) -> str:
    """The text in lower case, without accents, invisible signs and compatibility forms such as wide letters."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    kept = (sign for sign in plain if unicodedata.category(sign) not in ("Mn", "Cf"))
    return unicodedata.normalize("NFC", "".join(kept))


def _words(text: str) -> frozenset[str]:
    return frozenset(folded(text).split())


INTERNAL = _words(
    # English, German, Dutch, Scandinavian, Romance
    "internal internally internals intern interne internen interner internes internem internt interno interna internos "
    "internas internamente confidential confidentially vertraulich vertrauliche vertrauliches hausintern "
    "vertrouwelijk konfidentiell konfidentiellt fortrolig fortroligt confidentiel confidentielle confidencial "
    "confidenziale riservato riservata "
    # Polish, Czech, Hungarian, Finnish, Turkish, Indonesian
    "wewnętrzne wewnętrzny wewnętrzna poufne poufny interní důvěrné belső bizalmas sisäinen luottamuksellinen dahili "
    "gizli rahasia "
    # Russian, Ukrainian, Greek, Arabic, Hebrew, Hindi
    "внутренний внутреннее внутренняя внутренние внутренних конфиденциально конфиденциальный служебное "
    "внутрішній внутрішнє внутрішні конфіденційно εσωτερικό εσωτερικά εσωτερική εμπιστευτικό داخلي للداخل سري פנימי "
    "פנימית סודי आंतरिक गोपनीय"
)
# Written without blanks between words.
INTERNAL_SIGNS = tuple(map(folded, "社内 社外秘 部外秘 内部 內部 機密 机密 保密 내부 사내 대외비 ภายใน".split()))
PHRASES = re.compile(
    r"\b(?:(?:microsoft|msft|ms|ftc|fasttrack|team|us|our eyes|staff|employees) only|"
    r"only (?:for )?(?:microsoft|msft|ms|ftc|fasttrack|us|staff)|"
    r"(?:not|non|never) (?:for |to )?(?:the )?(?:customers?|clients?)(?: facing)?|"
    r"(?:not|never) (?:for )?(?:sharing|distribution|circulation|publication)|(?:not|non) public|"
    r"(?:do not|don t|dont|never|please don t) (?:share|forward|send|distribute|circulate|show)|"
    r"for our eyes|between (?:us|ourselves)|eyes only|off the record|"
    r"ftc actions?|playbook tasks?|ftop(?: tasks?)?|account insights?|"
    r"nur fur (?:uns|microsoft|mitarbeiter)|nicht fur (?:den |die )?kunden?|nicht (?:weitergeben|weiterleiten|teilen)|"
    r"pas pour le client|ne pas (?:partager|transferer|diffuser)|no para (?:el )?clientes?|no compartir|"
    r"solo para (?:microsoft|nosotros)|nao (?:e )?para (?:o )?clientes?|nao (?:compartilhar|partilhar|enviar)|"
    r"non per il cliente|non condividere|niet voor de klant|niet delen|noi bo)\b"
)
# What may stand beside such a word in a label: "MS internal notes", "For internal use only".
BESIDE = _words(
    "a about account actions action align alignment and at background begin call chat comment comments confidential "
    "context data debrief details discussion end entre eyes for from ft ftc fasttrack fyi gebrauch gespräch hinweis "
    "information info infos insight insights item items kommentar kommentare les meeting memo microsoft ms msft m365 "
    "nota notas note notes notiz notizen nur of only our para part please points pour private remark remarks review "
    "section seulement sólo solo staff start status steps strictly stuff summary sync team the thoughts to topics und "
    "update usage use uso us vermerk view we yalnız de den die das für fuer"
)
TAG = re.compile(r"</?[a-zA-Z][^<>]{0,80}>")
SENTENCE = re.compile(r"(?<=[.!?;。！？])\s+")
LEAD_END = re.compile(r"(?<!\s)\s*+(?::|：|\u2013|\u2014|\||>|»|--|-(?=\s)|=>|→)")
BRACKETS = re.compile(r"[(\[{<（［【「]([^()\[\]{}<>（）［］【】「」\n]{1,40})[)\]}>）］】」]")


def in_heading(title: str) -> bool:
    """Whether a heading says that what follows it is internal: any line of it holds one of the words."""
    return any(_holds(line) for line in title.split("\n"))


def is_label(line: str) -> bool:
    """Whether a line of its own, whatever its decoration, says nothing but that something is internal."""
    if len(line) > LONGEST_LABEL:
        return False
    words = _split(TAG.sub(" ", line))
    if not words or len(words) > MOST_LABEL_WORDS or not _holds(line):
        return False
    if any(sign in word for word in words for sign in INTERNAL_SIGNS):
        return len("".join(words)) <= 12
    rest = PHRASES.sub(" ", " ".join(words)).split()
    if all(word in BESIDE or word.isdigit() or _is_word(word) for word in rest):
        return True
    # "Internal escalation path", "Internals of migration": a few words, the first of them the one that counts.
    is_sentence = re.search(r"[.,;!?]\s*\S|[.!?]\s*$", line.strip(" *_#~=`-"))
    return _is_word(words[0]) and len(words) <= 3 and not is_sentence


def is_lead(text: str) -> bool:
    """Whether a paragraph, or a sentence of it, begins with "Internal:" or the like."""
    return any(_is_lead(piece) for line in text.split("\n") for piece in SENTENCE.split(line))


def has_mark(text: str) -> bool:
    """Whether a text holds "(internal)", "[MS only]" or the like."""
    return any(is_label(found[1]) for found in BRACKETS.finditer(text))


def _is_lead(piece: str) -> bool:
    start = re.sub(r"^[\W_]+", "", TAG.sub(" ", piece[: 2 * LONGEST_LABEL]))
    end = LEAD_END.search(start, 0, LONGEST_LABEL)
    if not end:
        return False
    said = start[: end.start()]
    words = _split(said)
    if not words or len(words) > MOST_LABEL_WORDS:
        return False
    # "Internal, before the call:" is a lead; "Internal mail - it moves" is not.
    is_first = _is_word(words[0]) and end[0].strip() in (":", "：")
    return is_first or is_label(said)


def _holds(line: str) -> bool:
    plain = folded(line)
    if any(sign in plain for sign in INTERNAL_SIGNS):
        return True
    words = _split(line)
    return any(map(_is_word, words)) or PHRASES.search(" ".join(words)) is not None


@lru_cache(maxsize=4096)
def _is_word(word: str) -> bool:
    latin = word.translate(LOOKALIKES)
    return word in INTERNAL or latin in INTERNAL or _is_slip(latin, "internal")


def _is_slip(word: str, meant: str) -> bool:
    """Whether a word is another with one letter too many, too few, wrong, or two in the wrong order."""
    if word.startswith("interval") or abs(len(word) - len(meant)) > 1:
        return False
    longest = min(len(word), len(meant))
    front = next((n for n in range(longest) if word[n] != meant[n]), longest)
    back = next((n for n in range(longest - front) if word[-1 - n] != meant[-1 - n]), longest - front)
    left, wanted = word[front : len(word) - back], meant[front : len(meant) - back]
    return max(len(left), len(wanted)) <= 1 or (len(left) == len(wanted) == 2 and left == wanted[::-1])


def _split(text: str) -> list[str]:
    """The folded words; letters that stand apart ("I N T E R N A L", "inter-nal") are put together."""
    found: list[str] = []
    single = False
    for word in re.findall(r"[^\W_]+", folded(text)):
        apart = single and len(word) == 1 and len(found[-1]) < MOST_LETTERS
        if apart or (found and found[-1] + word in ("internal", "confidential")):
            found[-1] += word
        else:
            found.append(word)
        single = len(word) == 1
    return found
