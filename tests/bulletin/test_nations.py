"""Nations are called by the names of the CLDR where no list has them."""

import pytest

from exchange.bulletin import codes
from exchange.bulletin.codes import CODES, NATIONS, label, learn_nations
from exchange.bulletin.common_fields import HEADER
from exchange.bulletin.schema import LANGUAGES
from tui.screens.field_options import options_of, words_of


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("kz", ("Kazakhstan", "قزاخستان", "哈萨克斯坦")),
        ("ir", ("Iran", "ایران", "伊朗")),
        ("pk", ("Pakistan", "پاکستان", "巴基斯坦")),
        ("zzz", ("zzz", "zzz", "zzz")),
    ],
)
def test_each_nation_has_a_name_in_three_languages(
    code: str, names: tuple[str, ...]
) -> None:
    assert tuple(label(NATIONS, code, lang) for lang in LANGUAGES) == names


def test_the_names_of_the_two_nations_are_those_of_the_cldr() -> None:
    for code, labels in CODES[NATIONS].items():
        assert labels == codes._nation(code)


def test_nations_whose_bundles_are_here_are_offered() -> None:
    (field,) = (one for one in HEADER if one.codes == NATIONS)
    assert list(options_of(field)) == ["pk", "cn"]

    learn_nations(["kz", "cn", "af"])
    learn_nations(["kz"])

    assert list(options_of(field)) == ["pk", "cn", "af", "kz"]
    assert "哈萨克斯坦" in words_of(NATIONS)["kz"]
