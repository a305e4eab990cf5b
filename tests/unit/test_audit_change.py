import pytest

from keepstep.core.audit_change import LONGEST, MOST_PARTS, changed_parts
from keepstep.core.secret import MASK

RULE = {"rules": {"staff": {"guards": {"delete": {"percent": 5, "count": 20}}, "correlate": [["email", "mail"]]}}}


def changed(**guard):
    return {"rules": {"staff": {**RULE["rules"]["staff"], "guards": {"delete": {"percent": 5, "count": 20, **guard}}}}}


def test_what_is_equal_has_no_parts():
    assert changed_parts(RULE, changed(), []) == {}


def test_a_changed_limit_is_told_before_and_after():
    assert changed_parts(RULE, changed(percent=50), []) == {
        "before.rules.staff.guards.delete.percent": "5",
        "after.rules.staff.guards.delete.percent": "50",
    }


def test_what_is_new_has_no_before_and_what_is_gone_no_after():
    assert changed_parts({"a": "1"}, {"b": ["x", "y"]}, []) == {"before.a": "1", "after.b.0": "x", "after.b.1": "y"}


@pytest.mark.parametrize(
    "name", ["password", "Authorization", "X-Api-Key", "client_secret", "refresh_token", "passphrase"]
)
def test_what_is_secret_by_its_name_is_masked_and_still_told(name):
    assert changed_parts({name: "old-one"}, {name: "new-one"}, []) == {f"before.{name}": MASK, f"after.{name}": MASK}
    assert "new-one" not in str(changed_parts({}, {name: ["new-one"]}, []))


def test_which_secret_is_referred_to_is_told():
    found = changed_parts({"password": {"secret": "one"}}, {"password": {"secret": "two"}}, [])
    assert found == {"before.password.secret": "one", "after.password.secret": "two"}


def test_chosen_attributes_are_masked_whatever_their_case_and_all_below_them():
    found = changed_parts({"rows": {"mobile": {"from": "a"}}}, {"rows": {"mobile": {"from": "b"}}}, ["Mobile"])
    assert found == {"before.rows.mobile.from": MASK, "after.rows.mobile.from": MASK}


def test_a_proof_in_the_middle_of_a_text_is_masked():
    assert "abcdefghijklmnop1234" not in str(changed_parts({}, {"body": "Bearer abcdefghijklmnop1234"}, []))


def test_many_parts_are_counted_and_long_ones_are_cut():
    many = {f"p{number}": number for number in range(MOST_PARTS + 7)}
    found = changed_parts({}, many, [])
    assert (len(found), found["more"]) == (MOST_PARTS + 1, "7 further parts")
    assert len(changed_parts({}, {"a": "x" * 9000}, [])["after.a"]) == LONGEST + 1
