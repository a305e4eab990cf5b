"""The nearest name."""

from keepstep.core.suggest import MOST_NAMES, did_you_mean, listed, nearest


def test_the_nearest_name_is_found_whatever_the_letter_case() -> None:
    assert nearest("GIVENAME", ["sn", "givenName"]) == "givenName"
    assert nearest("mail", ["Mail", "mail2"]) == "Mail"


def test_nothing_is_suggested_when_nothing_comes_near() -> None:
    assert nearest("zzz", ["givenName"]) == ""
    assert nearest("x", []) == ""
    assert did_you_mean("zzz", ["givenName"]) == ""


def test_a_suggestion_ends_a_sentence() -> None:
    assert did_you_mean("giveName", ["givenName"]) == '; did you mean "givenName"?'


def test_a_few_names_are_all_there_in_order():
    assert listed(["sn", "Cn", "mail"]) == "Cn, mail, sn"


def test_of_hundreds_of_names_the_rest_is_counted():
    text = listed(f"attribute{number:03}" for number in range(MOST_NAMES + 25))
    assert text.endswith(f"attribute{MOST_NAMES - 1:03}, and 25 more")
