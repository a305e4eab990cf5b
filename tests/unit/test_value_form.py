"""What a value has to look like, by its syntax."""

import pytest

from keepstep.core.schema import Syntax
from keepstep.core.value_form import malformed

GOOD = {
    Syntax.TEXT: ["", "anything", "\x00"],
    Syntax.INTEGER: ["0", "-7", "+7", "0042", "9223372036854775807"],
    Syntax.DECIMAL: ["0", "-7.25", "12.5"],
    Syntax.BOOLEAN: ["true", "false"],
    Syntax.DATE: ["2024-02-29"],
    Syntax.TIME: ["2024-02-29", "2024-02-29T10:00:00Z", "2024-02-29 10:00:00+02:00", "2024-02-29T10:00:00.1234567Z"],
    Syntax.DN: ["CN=a,DC=x"],
    Syntax.BINARY: ["", "QW5h"],
    Syntax.JSON: ["[]", '{"a": 1}'],
}
BAD = {
    Syntax.INTEGER: ["", "1.0", "a", "1\n", "٣", "1" * 20],
    Syntax.DECIMAL: ["", ".5", "5.", "1e5", "NaN", "1,5"],
    Syntax.BOOLEAN: ["", "TRUE", "1"],
    Syntax.DATE: ["", "2023-02-29", "20240229", "2024-02-29T00:00:00", "2024-W01-1"],
    Syntax.TIME: ["", "now", "20240229T100000Z", "2024-02-29T25:00:00"],
    Syntax.DN: ["", "Sales", "CN=a,"],
    Syntax.BINARY: ["%", "QW5", "č"],
    Syntax.JSON: ["", "{", "[" * 100_000],
}


@pytest.mark.parametrize(("syntax", "text"), [(syntax, text) for syntax, texts in GOOD.items() for text in texts])
def test_what_is_well_formed_passes(syntax: Syntax, text: str) -> None:
    assert malformed(syntax, text) == ""


@pytest.mark.parametrize(("syntax", "text"), [(syntax, text) for syntax, texts in BAD.items() for text in texts])
def test_what_is_not_is_told_what_it_would_have_to_be(syntax: Syntax, text: str) -> None:
    wanted = malformed(syntax, text)
    assert wanted
    assert len(text) < 3 or text not in wanted


def test_every_syntax_has_a_form() -> None:
    assert GOOD.keys() == set(Syntax)
