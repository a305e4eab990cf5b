"""The nearest name."""

from keepstep.core.suggest import did_you_mean, nearest


def test_the_nearest_name_is_found_whatever_the_letter_case() -> None:
    assert nearest("GIVENAME", ["sn", "givenName"]) == "givenName"
    assert nearest("mail", ["Mail", "mail2"]) == "Mail"


def test_nothing_is_suggested_when_nothing_comes_near() -> None:
    assert nearest("zzz", ["givenName"]) == ""
    assert nearest("x", []) == ""
    assert did_you_mean("zzz", ["givenName"]) == ""


def test_a_suggestion_ends_a_sentence() -> None:
    assert did_you_mean("giveName", ["givenName"]) == '; did you mean "givenName"?'
