"""A rule that keeps the objects of one side in step with those of the other."""

from typing import Annotated, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from keepstep.core.approval import ApprovalSpec
from keepstep.core.situation import REACTIONS, Reaction, Situation
from keepstep.core.spec import Name, Spec


class Side(NamedTuple):
    """One end of a rule: a connection and the kind of objects there, written `connection.objects`."""

    connection: str
    objects: str

    def __str__(self) -> str:
        """Return the written form."""
        return f"{self.connection}.{self.objects}"


SideName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_\-]*\.[A-Za-z0-9_\-]+$")]


class Limit(Spec):
    """How many actions of one kind a plan may hold: both numbers must hold."""

    percent: Annotated[float, Field(ge=0, le=100)]
    count: Annotated[int, Field(ge=0)] | None = None


class GroupLimits(Spec):
    """Limits for the accounts of one group: what is not said is not limited."""

    delete: Limit | None = None
    disable: Limit | None = None
    update: Limit | None = None
    create: Limit | None = None


class HistoryLimit(Spec):
    """A plan may do so many *times* the most that the last five runs of its rule did; *least*: so much always."""

    times: Annotated[float, Field(ge=1)] = 5
    least: Annotated[int, Field(ge=0)] = 10


class Guards(Spec):
    """The limits that make a plan unsafe, judged before the first write.

    Percentages are of the accounts on the target side. *canary*: how many accounts are written and confirmed
    before the rest. *shrink*: by how much a read may be smaller than the last complete one.
    *by*: limits for each group of accounts with the same value of a target attribute, as `container` or `department`.
    """

    delete: Limit = Limit(percent=5, count=20)
    disable: Limit = Limit(percent=10, count=50)
    update: Limit = Limit(percent=50)
    create: Limit = Limit(percent=100)
    canary: Annotated[int, Field(ge=0)] = 10
    shrink: Annotated[float, Field(ge=0, le=100)] = 20
    by: dict[str, GroupLimits] = {}
    history: HistoryLimit | None = None


class SyncRule(Spec):
    """Source, target, mapping, correlation, reactions and guards, under one name.

    *correlate*: pairs (target attribute, source attribute), tried in order. *mark*: what reaction `mark` writes.
    *approve*: who has to agree before a plan of it is applied, by whatever way.
    """

    source: SideName
    target: SideName
    mapping: Name
    correlate: Annotated[list[tuple[str, str]], Field(min_length=1)]
    reactions: dict[Situation, Reaction] = {}
    mark: dict[str, str] = {}
    guards: Guards = Guards()
    approve: ApprovalSpec | None = None
    category: Literal["User", "Group", "Contact"] = "User"
    description: str = ""

    @model_validator(mode="after")
    def _reactions_make_sense(self) -> Self:
        for situation, reaction in self.reactions.items():
            if reaction not in REACTIONS[situation]:
                allowed = ", ".join(REACTIONS[situation])
                raise ValueError(f"reaction {reaction} does not fit {situation}: choose one of {allowed}")
        if Reaction.MARK in self.reactions.values() and not self.mark:
            raise ValueError(
                "reaction mark needs `mark`: the attributes to write, e.g. {customAttributes.Status: left}"
            )
        if self.source == self.target:
            raise ValueError("source and target are the same side")
        return self

    def reaction(self, situation: Situation) -> Reaction:
        """Return what this rule does about *situation*: its own choice, else the usual one.

        An unnamed `source_deleted` or `source_disabled` is only reported: a leaver's account is touched by choice.
        """
        chosen = self.reactions.get(situation)
        if chosen is not None:
            return chosen
        if situation in {Situation.SOURCE_DELETED, Situation.SOURCE_DISABLED}:
            return Reaction.REPORT
        return REACTIONS[situation][0]

    @property
    def source_side(self) -> Side:
        """The source, taken apart."""
        return Side(*self.source.split(".", 1))

    @property
    def target_side(self) -> Side:
        """The target, taken apart."""
        return Side(*self.target.split(".", 1))
