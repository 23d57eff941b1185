"""How many parts an SMS takes: the limits of GSM-7 and UCS-2, and what is cut."""

import pytest

from cloud.senders.parts import fitted, parts

COUNTED = [
    pytest.param("", 1, id="nothing is one part"),
    pytest.param("a" * 160, 1, id="160 of the GSM alphabet fit into one"),
    pytest.param("a" * 161, 2, id="one more takes two"),
    pytest.param("a" * 306, 2, id="two hold 153 each"),
    pytest.param("a" * 307, 3, id="one more takes three"),
    pytest.param("{" * 80, 1, id="an escaped character takes two places"),
    pytest.param("{" * 81, 2, id="so 81 of them are too many"),
    pytest.param("€" * 80, 1, id="the euro is escaped"),
    pytest.param("é" * 160, 1, id="some accents are in the alphabet"),
    pytest.param("a" * 69 + "अ", 1, id="one letter outside makes 70 a part"),
    pytest.param("a" * 70 + "अ", 2, id="71 are two parts"),
    pytest.param("अ" * 134, 2, id="two hold 67 each"),
    pytest.param("अ" * 135, 3, id="one more takes three in Hindi"),
    pytest.param("😀" * 35, 1, id="an emoji takes two places"),
    pytest.param("😀" * 36, 2, id="so 36 are too many"),
]


@pytest.mark.parametrize(("text", "expected"), COUNTED)
def test_parts(text: str, expected: int) -> None:
    assert parts(text) == expected


LINK = "https://evara.example.org/alerts/0190b2d4"

FITTED = [
    pytest.param("Amba: tank 17 %", LINK, f"Amba: tank 17 % {LINK}", id="what fits is left alone"),
    pytest.param("a" * 306, "", "a" * 306, id="two whole parts"),
    pytest.param("a" * 400, "", "a" * 303 + "...", id="a long text is cut"),
    pytest.param("अ" * 400, "", "अ" * 131 + "...", id="in Hindi at 134"),
    pytest.param(
        "a" * 400, LINK, "a" * (306 - 4 - len(LINK)) + f"... {LINK}", id="the link is never cut, the text is"
    ),
    pytest.param("word " * 100, "", ("word " * 61)[:303].rstrip() + "...", id="no space before the dots"),
    pytest.param("Tank low", "x" * 400, "Tank low", id="a link that fills it all is left out"),
]


@pytest.mark.parametrize(("text", "link", "expected"), FITTED)
def test_fitted(text: str, link: str, expected: str) -> None:
    assert fitted(text, link) == expected
    assert parts(expected) <= 2
