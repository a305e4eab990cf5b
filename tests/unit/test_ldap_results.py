"""Every answer of a directory has a meaning."""

import ldap
import pytest

from keepstep.connectors.ldap_session.library import answer_of
from keepstep.connectors.ldap_session.results import MEANINGS, Answer, Kind, error_of, meaning, outcome_of
from keepstep.core.effect import Absent, Conflict, NotSent, Refused, Unknown
from keepstep.errors import ConnectionLost, ConnectorError, CredentialsRefused, RightMissing, Throttled, TlsRefused

ERRORS = sorted(
    {kind for kind in vars(ldap).values() if isinstance(kind, type) and issubclass(kind, ldap.LDAPError)},
    key=lambda kind: kind.__name__,
)


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
def test_every_error_of_the_library_is_one_of_ours(kind):
    code = getattr(kind, "errnum", -1)
    for arguments in ((), ({"result": code, "desc": "x", "info": "secret value"},), ("secret value",)):
        answer = answer_of(kind(*arguments))
        assert answer.code == code
        assert answer.code in MEANINGS
        error = error_of(answer, "look")
        assert isinstance(error, ConnectorError)
        assert error.message.startswith("look: ")
        assert "secret value" not in f"{error.message} {error.hint} {outcome_of(answer, 'write')}"


@pytest.mark.parametrize(
    ("data", "word"),
    [
        ("525", "know"),
        ("52e", "wrong"),
        ("52f", "way"),
        ("530", "time"),
        ("531", "from here"),
        ("532", "expired"),
        ("533", "disabled"),
        ("534", "network"),
        ("701", "expired"),
        ("773", "must change"),
        ("775", "locked"),
        ("80090346", "channel binding"),
    ],
)
def test_a_refused_bind_says_why(data, word):
    text = f"80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data {data}, v1db1"
    error = error_of(Answer(49, text), "bind")
    assert isinstance(error, CredentialsRefused)
    assert word in error.message
    assert error.hint
    assert f"data {data}" in error.message


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(-1), Unknown),
        (Answer(-5), Unknown),
        (Answer(-3), NotSent),
        (Answer(51), NotSent),
        (Answer(52), NotSent),
        (Answer(32, "00002030: NameErr: DSID-031"), Absent),
        (Answer(68, "00002071: UpdErr: DSID-031"), Conflict),
        (Answer(68, "00000524: UpdErr: DSID-031"), Conflict),
        (Answer(19, "000021C8: AtrErr: DSID-03200BBA"), Conflict),
        (Answer(19, "0000202F: samldb: userPrincipalName 'x' is already in use "), Conflict),
        (Answer(19, "0000202F: something else"), Refused),
        (Answer(53, "0000052D: SvcErr: DSID-031A12D2"), Refused),
        (Answer(50, "00002098: SecErr: DSID-031"), Refused),
        (Answer(10, "0000202B: RefErr: DSID-031"), Refused),
        (Answer(4711), Refused),
    ],
)
def test_a_refused_write_is_the_outcome_that_fits(answer, expected):
    assert isinstance(outcome_of(answer, "write"), expected)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(-1), ConnectionLost),
        (Answer(8), TlsRefused),
        (Answer(50), RightMissing),
        (Answer(51), Throttled),
        (Answer(53, "0000001F: SvcErr: DSID-031"), TlsRefused),
    ],
)
def test_a_refused_read_is_the_error_that_fits(answer, expected):
    assert isinstance(error_of(answer, "read"), expected)


def test_a_password_that_breaks_the_policy_is_told_as_such():
    outcome = outcome_of(Answer(19, "0000052D: Constraint violation - check_password_restrictions"), "set")
    assert "password policy" in outcome.reason


def test_a_code_nobody_defined_is_told_by_its_number():
    assert "4711" in error_of(Answer(4711), "read").message
    assert meaning(Answer(4711)).kind is Kind.STRANGE


@pytest.mark.parametrize(("code", "lasting"), [(50, False), (53, True), (19, True)])
def test_a_missing_right_is_no_fault_of_the_change(code, lasting):
    outcome = outcome_of(Answer(code), "create")
    assert isinstance(outcome, Refused)
    assert outcome.lasting is lasting
