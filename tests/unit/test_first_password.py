"""First passwords are what the policy says, and never what the domain would refuse."""

import string
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepstep.core.directory_schema import users_schema
from keepstep.core.first_password import (
    DomainPolicy,
    PasswordPolicy,
    Person,
    compose_password,
    faults,
    names_of,
    unmet,
)
from keepstep.errors import MacroError

NAMES = names_of(users_schema())
STRICT = DomainPolicy(length=14, complex=True)
MIRA = Person(attributes={"sn": ("Kovač",), "employeeID": ("4711",)}, words=("mkovac", "Mira Kovač"))


def compose(policy, domain=STRICT, person=MIRA, seed=7):
    return compose_password(policy, domain, person, names=NAMES, below=Random(seed).randrange)


def count(password, characters):
    return sum(ch in characters for ch in password)


@given(
    st.integers(0, 5),
    st.integers(0, 5),
    st.integers(0, 5),
    st.integers(0, 5),
    st.integers(20, 127),
    st.booleans(),
    st.integers(),
)
def test_a_password_has_the_composition_that_was_asked_for(lower, upper, digits, specials, length, plain, seed):
    if not lower + upper + digits + specials:
        return
    policy = PasswordPolicy(
        length=length, lower=lower, upper=upper, digits=digits, specials=specials, avoid_ambiguous=plain
    )
    password = compose(policy, DomainPolicy(), Person(attributes={}), seed)
    assert len(password) == length
    kinds = {string.ascii_lowercase: lower, string.ascii_uppercase: upper, string.digits: digits}
    for characters, least in kinds.items():
        held = count(password, characters)
        assert held >= least
        assert least or not held, "a kind of which none is wanted is not used"
    others = length - count(password, string.ascii_letters + string.digits)
    assert others >= specials
    assert specials or not others
    assert not (plain and count(password, "0Oo1lI|.,:;"))


def test_two_accounts_get_different_passwords():
    assert len({compose(PasswordPolicy(), seed=seed) for seed in range(200)}) == 200


def test_no_part_of_a_name_is_in_a_random_password():
    person = Person(attributes={}, words=tuple(string.ascii_lowercase[at : at + 3] for at in range(20)))
    for seed in range(300):
        password = compose(PasswordPolicy(length=127), DomainPolicy(), person, seed).casefold()
        assert not any(word in password for word in person.words)


def test_a_format_takes_attributes_and_what_is_random():
    policy = PasswordPolicy(
        format="Start-{{ employeeID }}-{{ random | slice(0, 10) }}{{ random_digits | slice(0, 2) }}"
    )
    first, second = compose(policy), compose(policy, seed=8)
    assert first.startswith("Start-4711-")
    assert len(first) == len("Start-4711-") + 12
    assert first[-2:].isdecimal()
    assert first != second


@pytest.mark.parametrize(
    ("policy", "says"),
    [
        (PasswordPolicy(length=12), "makes 12 characters, and the domain wants 14 (minPwdLength)"),
        (PasswordPolicy(specials=0, digits=0), "uses 2 kinds of characters, and the domain wants 3"),
        (PasswordPolicy(format="Ab1-{{ random | slice(0, 4) }}"), "makes 8 characters, and the domain wants 14"),
        (
            PasswordPolicy(format="{{ random_digits | slice(0, 20) }}"),
            "uses 1 kinds of characters, and the domain wants 3",
        ),
    ],
)
def test_a_policy_that_the_domain_would_never_take_is_told_with_both_numbers(policy, says):
    assert says in unmet(policy, STRICT, NAMES, Random(1).randrange)
    assert unmet(policy, DomainPolicy(), NAMES, Random(1).randrange) == ""


def test_a_policy_that_the_domain_takes_is_no_matter():
    assert unmet(PasswordPolicy(), STRICT, NAMES, Random(1).randrange) == ""
    assert unmet(PasswordPolicy(format="{{ sn }}{{ random }}"), STRICT, NAMES, Random(1).randrange) == ""


def test_a_format_that_is_too_short_for_one_person_is_told_for_that_person():
    policy = PasswordPolicy(format="Ab-{{ employeeID }}{{ random | slice(0, 3) }}")
    with pytest.raises(ValueError, match="makes 10 characters, and the domain wants 14") as caught:
        compose(policy)
    assert "4711" not in str(caught.value)


def test_a_format_with_the_person_s_name_is_told_where_the_domain_forbids_it():
    policy = PasswordPolicy(format="{{ sn }}-{{ random | slice(0, 20) }}")
    with pytest.raises(ValueError, match="a part of the person's name"):
        compose(policy)
    assert compose(policy, DomainPolicy(length=14)).startswith("Kovač-")


def test_a_format_with_an_unknown_name_is_told_with_the_nearest():
    with pytest.raises(MacroError, match="employeID"):
        unmet(PasswordPolicy(format="{{ employeID }}{{ random }}"), STRICT, NAMES, Random(1).randrange)


@pytest.mark.parametrize(
    ("policy", "key", "says"),
    [
        (PasswordPolicy(lower=0, upper=0, digits=0, specials=0), "length", "no kind"),
        (PasswordPolicy(length=12, lower=10, digits=10), "length", "12 characters cannot hold the 22"),
        (PasswordPolicy(format="Welcome-{{ sn }}"), "format", "can guess"),
        (PasswordPolicy(format="{{ random }}", length=30), "format", "no room for length"),
        (PasswordPolicy(format="{{ random "), "format", "column"),
    ],
)
def test_a_policy_that_makes_no_sense_is_told_by_its_key(policy, key, says):
    found = list(faults(policy, "here"))
    assert [one for one, _ in found] == [key]
    assert says in found[0][1]


def test_a_policy_that_makes_sense_has_no_faults():
    assert list(faults(PasswordPolicy(), "here")) == []
    assert list(faults(PasswordPolicy(format="{{ random }}", avoid_ambiguous=True), "here")) == []
