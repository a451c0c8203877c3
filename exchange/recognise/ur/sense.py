"""Words of Urdu that turn a sentence round: not, may, must."""

from exchange.recognise.rule import Rule
from exchange.recognise.text import urdu_word


def _words(name: str, words: str, *matches: str, rejects: tuple[str, ...]) -> Rule:
    return Rule(name, urdu_word(words), matches=matches, rejects=rejects)


NEGATION = (
    _words(
        "no and not",
        "نہ|نہیں|مت|بغیر|بلا|عدم|ہرگز",
        "نہیں گزرا",
        "بغیر اجازت",
        rejects=("نہایت", "متن"),
    ),
    _words(
        "impossible, failed, forbidden, denied",
        "ناممکن|ناکام|ناقابلِ?|منع|ممنوع|انکار|مسترد",
        "ناممکن ہے",
        "ممنوع علاقہ",
        rejects=("منعقد",),
    ),
    _words(
        "un-; غیر alone is in غیر ملکی, a foreigner, and in what is unusual, too",
        "غیر (?:محفوظ|مسلح|فعال|دستیاب|موجود|حاضر|مؤثر|موثر|مصدقہ|تصدیق شدہ)",
        "غیر محفوظ راستہ",
        rejects=("غیر ملکی", "غیر معمولی"),
    ),
)
MODALITY = (
    _words(
        "can",
        "سک(?:تا|تی|تے|تیں|ے|یں|ا|ی|نا)",
        "گزر سکتا ہے",
        rejects=("سکون", "سکھ"),
    ),
    _words(
        "must and should",
        "چاہ(?:یے|ئے|ییں|ئیں)|ضروری|لازم|لازمی|پڑے گا|پڑے گی",
        "گزرنا چاہیے",
        "رکنا پڑے گا",
        rejects=("چاہت", "ملازم"),
    ),
    _words(
        "perhaps, will probably",
        "ممکن|ممکنہ|شاید|غالباً|امکان|ہوگا|ہوگی",
        "شاید",
        "ممکنہ خطرہ",
        rejects=("ناممکن", "امکانات"),
    ),
)
