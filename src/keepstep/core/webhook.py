"""One outbound call for one user or group: what is sent, when it is a success, and what its answer gives."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Final, Literal

from pydantic import Field

from keepstep.core.call import CallSpec
from keepstep.core.field_path import PathText, parse_path, select
from keepstep.core.macro import Macro, compile_macro
from keepstep.core.macro_tree import Names
from keepstep.core.response import BatchResults
from keepstep.core.spec import Name, Spec
from keepstep.core.value_text import text_of_value
from keepstep.core.values import Values

GivenName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_\-]{0,63}$")]
"""What a value of an answer is called in macros: `blocks.BLOCK.NAME`."""

STATUS: Final = "status"
"""The name under which a condition reads the status of the answer."""


class SuccessRule(Spec):
    """When an answer is a success: its status is one of *status*, and *when* holds, which reads the extracted values.

    `status` is the HTTP status as a name of its own. *absent*: where it does not hold, what was asked for is not there.
    """

    status: Annotated[list[Annotated[str, Field(pattern=r"^[1-5](\d\d|xx)$")]], Field(min_length=1)] = ["2xx"]
    when: str = ""
    absent: bool = False


class WebhookSpec(CallSpec):
    """One call for one subject.

    *extract*: name to the place in the answer. *items*: how the answer tells of each item, where the call is a batch
    of one. *repeat*: whether sending it twice is as sending it once; where it does not say, that is told by the method
    (RFC 9110 section 9.2.2). *look_up*: the webhook that finds what this one makes, asked where the answer was lost.
    *exists*: what to do when there is one already: report it, or take the one that *look_up* finds for the own.
    *then*: a webhook that is a part of this one, sent after it. *authorization*: the connection whose proof is sent.
    """

    success: SuccessRule = SuccessRule()
    extract: dict[GivenName, PathText] = {}
    items: BatchResults | None = None
    repeat: bool | None = None
    look_up: Name | None = None
    exists: Literal["report", "adopt"] = "report"
    then: Name | None = None
    authorization: str = ""

    @property
    def repeatable(self) -> bool:
        """Whether sending it again changes nothing more."""
        return self.method in {"GET", "HEAD", "PUT", "DELETE"} if self.repeat is None else self.repeat

    @property
    def gives(self) -> tuple[str, ...]:
        """The names of what it gives to later blocks."""
        return (STATUS, *self.extract)

    def condition(self, label: str) -> Macro | None:
        """Return the condition of its success, or None; MacroError says what is wrong with it."""
        if not self.success.when:
            return None
        return compile_macro(self.success.when, names=Names.of(self.gives), place=f"{label}.success.when")


def loose_ends(webhooks: Mapping[str, WebhookSpec]) -> Iterable[tuple[tuple[str, ...], str, str]]:
    """Yield place, name and how that is wrong, of every webhook that names another which cannot be that."""
    for name, webhook in webhooks.items():
        for word, other in (("look_up", webhook.look_up), ("then", webhook.then)):
            if other is None:
                continue
            found = webhooks.get(other)
            if found is None:
                yield (name, word), other, "is not among the webhooks"
            elif word == "look_up" and not found.repeatable:
                yield (name, word), other, "changes something, and cannot be a look-up"
            elif word == "then" and (found.then or other == name):
                yield (name, word), other, "is followed by another one: only one can follow"
            elif word == "then" and not found.repeatable:
                yield (name, word), other, "changes more when it is repeated, which an interruption may make necessary"
        if webhook.exists == "adopt" and webhook.look_up is None:
            yield (name, "exists"), "adopt", "needs look_up, which finds the one that is there"


def accepted(rule: SuccessRule, status: int) -> bool:
    """Return whether *status* is one of those of a success."""
    number = str(status)
    return any(want == number or (want[1:] == "xx" and want[0] == number[0]) for want in rule.status)


def extracted(webhook: WebhookSpec, tree: object) -> dict[str, Values]:
    """Return what *webhook* takes out of the decoded answer *tree*, as texts; what is not there has no values."""
    found: dict[str, Values] = {}
    for name, path in webhook.extract.items():
        nodes = select(tree, parse_path(path)) or []
        found[name] = tuple(text_of_value(node) for node in nodes if node is not None)
    return found
