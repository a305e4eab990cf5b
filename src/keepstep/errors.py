"""Every error a user can meet, in one tree.

Each class has a stable `code`, says whether trying again can help (`retry`), and carries a `hint`: what to do.
Messages name things (connections, attributes, files), never the values of people's attributes or secrets.

    KeepstepError
    ├── ConfigurationError          the configuration file or a spec in it is wrong
    │   ├── ConfigurationUnusable   the one in force is wrong, whoever asks for what needs it
    │   ├── InvalidName             a distinguished name cannot be understood
    │   ├── InvalidFilter           an LDAP filter cannot be understood
    │   ├── MacroError              a {{ macro }} cannot be understood, or failed for one record
    │   │   └── IdentifierEmpty     it gives nothing where it says whom or what a call is about
    │   └── SecretMissing           a secret that is referred to does not exist or cannot be opened
    ├── ConnectorError              a connected system said no, or could not be understood
    │   ├── ConnectionLost          it could not be reached, or broke off
    │   ├── AddressRefused          its address is none that may be called
    │   ├── TlsRefused              its certificate cannot be trusted, or TLS was refused
    │   ├── CredentialsRefused      it does not accept the credentials
    │   ├── RightMissing            the credentials lack a right, which is named
    │   ├── ResponseInvalid         it answered something that is not what was configured
    │   │   └── InvalidTable        rows and columns cannot be understood; the line is named
    │   ├── CircuitOpen             it failed again and again, and is left in peace for a time
    │   ├── Throttled               it asks us to slow down, and went on asking
    │   └── WriteRefused            it refused a change: schema, policy, constraint
    ├── ReadIncomplete              a read was not proven complete, and completeness was asked for
    ├── PlanStale                   the state a plan rests on has moved since
    ├── GuardTripped                a plan is beyond the limits set for it
    ├── ApprovalMissing             people have to agree to a plan, and have not
    ├── Changed                     what is to be changed is not as it was when it was read
    ├── KeyTaken                    a key that asks for something once was used for something else
    ├── RunLocked                   another run of the same rule is at work
    ├── ClaimLost                   another worker has taken over a chunk, or its run was stopped
    ├── StoreError                  the database or a file of the home folder cannot be used
    │   ├── NotKept                 what is asked for was never kept, or is not kept any more
    │   ├── AuditBroken             the audit log was altered; the first bad record is named
    │   └── ApprovalBroken          a request for approval, or a vote, was altered
    ├── NotPermitted                whoever asks has no role that allows it
    ├── NotSignedIn                 nobody is signed in, or no longer
    │   ├── SignInRefused           the name, the password, the second factor or the link is not right
    │   │   └── CodeNeeded          the password is right, and a code of the second factor is needed
    │   ├── TooManyTries            too many wrong tries; the next one has to wait
    │   └── ReauthenticationNeeded  what is asked for needs a fresh sign-in
    └── UsageError                  the command or request makes no sense as given
        └── NotFound                what is named is not there
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Retry(StrEnum):
    """Whether doing the same thing again can end better."""

    NEVER = "never"
    LATER = "later"


class KeepstepError(Exception):
    """Something a person has to know of: what happened (the message) and what to do (the hint)."""

    code = "error"
    retry = Retry.NEVER

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong. *field*: the keys that lead to it, joined by dots; empty where that is not known."""

    field: str
    message: str


class ConfigurationError(KeepstepError):
    """The configuration is wrong; the message says where, *mistakes* name each field."""

    code = "configuration"

    def __init__(self, message: str, *, hint: str = "", mistakes: Sequence[Mistake] = ()) -> None:
        super().__init__(message, hint=hint)
        self.mistakes = tuple(mistakes)


class ConfigurationUnusable(ConfigurationError):
    """The configuration in force is wrong, whoever asks for what needs it."""

    code = "configuration_unusable"


class InvalidName(ConfigurationError):
    """A distinguished name cannot be understood; the message says at which column."""

    code = "invalid_name"


class InvalidFilter(ConfigurationError):
    """An LDAP filter cannot be understood; the message says at which column."""

    code = "invalid_filter"


class MacroError(ConfigurationError):
    """A macro cannot be understood, or could not be rendered for one record.

    *line*, *column*: where in the text it stands, from 1; 0 where that is not known.
    """

    code = "macro"
    line = 0
    column = 0


class IdentifierEmpty(MacroError):
    """A macro gives nothing where it says whom or what a call is about; that call is not made."""

    code = "identifier_empty"


class SecretMissing(ConfigurationError):
    """A secret that the configuration refers to does not exist or cannot be opened."""

    code = "secret_missing"


class ConnectorError(KeepstepError):
    """A connected system refused, or was not understood."""

    code = "connector"


class ConnectionLost(ConnectorError):
    """A connected system could not be reached, or broke off in the middle."""

    code = "connection_lost"
    retry = Retry.LATER


class AddressRefused(ConnectorError):
    """An address is outside the Internet and is not listed, so that nothing is sent there."""

    code = "address_refused"


class TlsRefused(ConnectorError):
    """The server's certificate cannot be trusted, or TLS was refused."""

    code = "tls_refused"


class CredentialsRefused(ConnectorError):
    """The system does not accept the credentials."""

    code = "credentials_refused"


class RightMissing(ConnectorError):
    """The credentials are good, and lack a right that the message names."""

    code = "right_missing"


class ResponseInvalid(ConnectorError):
    """The answer is not what the configuration describes."""

    code = "response_invalid"


class InvalidTable(ResponseInvalid):
    """Rows and columns (of a file, of an answer) cannot be understood; the message names the line."""

    code = "invalid_table"


class Throttled(ConnectorError):
    """The system asked us to slow down, and went on asking after we did."""

    code = "throttled"
    retry = Retry.LATER


class CircuitOpen(ConnectorError):
    """A system failed again and again, and is left in peace until *until*; nothing was sent."""

    code = "circuit_open"
    retry = Retry.LATER

    def __init__(self, message: str, *, until: datetime, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.until = until


class WriteRefused(ConnectorError):
    """The system refused one change: schema, policy or constraint."""

    code = "write_refused"


class ReadIncomplete(KeepstepError):
    """A read was not proven complete where completeness was asked for."""

    code = "read_incomplete"
    retry = Retry.LATER


class PlanStale(KeepstepError):
    """The state that a plan rests on has moved since it was made."""

    code = "plan_stale"


class GuardTripped(KeepstepError):
    """A plan is beyond the limits set for it; the message names the numbers."""

    code = "guard_tripped"


class ApprovalMissing(KeepstepError):
    """People have to agree to a plan before it is applied, and have not; the message says how it stands."""

    code = "approval_missing"


class RunLocked(KeepstepError):
    """Another run of the same rule is at work."""

    code = "run_locked"
    retry = Retry.LATER


class ClaimLost(KeepstepError):
    """A chunk is no longer this worker's to write for: another took it over, or a person stopped its run."""

    code = "claim_lost"


class StoreError(KeepstepError):
    """The database or a file of the home folder cannot be used."""

    code = "store"


class AuditBroken(StoreError):
    """The audit log was altered; the message names the first bad record."""

    code = "audit_broken"


class ApprovalBroken(StoreError):
    """A request for approval, or a vote on it, was altered in the database; the message names it."""

    code = "approval_broken"


class NotKept(StoreError):
    """What is asked for was never kept, or is not kept any more; or several start so."""

    code = "not_kept"


class NotPermitted(KeepstepError):
    """Whoever asks has no role that allows it; the message says what is missing."""

    code = "not_permitted"


class NotSignedIn(KeepstepError):
    """Nobody is signed in, or no longer."""

    code = "not_signed_in"


class SignInRefused(NotSignedIn):
    """The name, the password, the second factor, the token or the link is not right; which of them is not said."""

    code = "sign_in_refused"


class CodeNeeded(SignInRefused):
    """The password is right, and a code of the second factor is needed beside it."""

    code = "code_needed"


class TooManyTries(NotSignedIn):
    """Too many tries were wrong; the next one is looked at in *seconds*."""

    code = "too_many_tries"
    retry = Retry.LATER

    def __init__(self, message: str, *, seconds: int, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.seconds = seconds


class ReauthenticationNeeded(NotSignedIn):
    """What is asked for needs a fresh sign-in, so that an open browser is not enough for it."""

    code = "reauthentication_needed"


class UsageError(KeepstepError):
    """The command or request makes no sense as given."""

    code = "usage"


class NotFound(UsageError):
    """What is named is not there."""

    code = "not_found"


class Changed(KeepstepError):
    """What is to be changed is not as it was when it was read."""

    code = "changed"


class KeyTaken(KeepstepError):
    """A key that asks for something once was used for something else, or has no answer yet."""

    code = "key_taken"
