"""Words of Urdu for negation and modality: not, may, must."""

from exchange.recognise.rule import Rule
from exchange.recognise.text import urdu_word


def _words(name: str, words: str, examples: str) -> Rule:
    return Rule(name, urdu_word(words), examples)


NEGATION = (
    _words(
        "no and not",
        "نہ|نہیں|مت|بغیر|بلا|عدم|ہرگز",
        "نہیں گزرا | بغیر اجازت | no: نہایت | no: متن",
    ),
    _words(
        "impossible, failed, forbidden, denied",
        "ناممکن|ناکام|ناقابلِ?|منع|ممنوع|انکار|مسترد",
        "ناممکن ہے | ممنوع علاقہ | no: منعقد",
    ),
    _words(
        "un-; غیر alone is in غیر ملکی, a foreigner, and in what is unusual, too",
        "غیر (?:محفوظ|مسلح|فعال|دستیاب|موجود|حاضر|مؤثر|موثر|مصدقہ|تصدیق شدہ)",
        "غیر محفوظ راستہ | no: غیر ملکی | no: غیر معمولی",
    ),
)
MODALITY = (
    _words("can", "سک(?:تا|تی|تے|تیں|ے|یں|ا|ی|نا)", "گزر سکتا ہے | no: سکون | no: سکھ"),
    _words(
        "must and should",
        "چاہ(?:یے|ئے|ییں|ئیں)|ضروری|لازم|لازمی|پڑے گا|پڑے گی",
        "گزرنا چاہیے | رکنا پڑے گا | no: چاہت | no: ملازم",
    ),
    _words(
        "perhaps, will probably",
        "ممکن|ممکنہ|شاید|غالباً|امکان|ہوگا|ہوگی",
        "شاید | ممکنہ خطرہ | no: ناممکن | no: امکانات",
    ),
)
