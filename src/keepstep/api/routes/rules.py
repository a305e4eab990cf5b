"""Rules as they are now, by which plans are made and judged."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ValidationError

from keepstep.api.asker import Asker, Needs
from keepstep.api.choosing import ListRoute
from keepstep.api.routes.plans import Reader
from keepstep.api.routes.session import Asked
from keepstep.api.sight import reach_of, sees
from keepstep.core.configuration import Document
from keepstep.core.right import Right
from keepstep.core.rule_words import rule_words
from keepstep.core.run import KeptPlan, Run
from keepstep.core.situation import REACTIONS, Reaction, Situation
from keepstep.core.spec_problem import problems_of
from keepstep.core.sync_rule import SyncRule
from keepstep.errors import NotFound
from keepstep.usecases.configure import refusal

router = APIRouter(tags=["rules"], route_class=ListRoute)

Lister = Annotated[
    Asker, Depends(Needs(Right.READ_RUNS, Right.APPROVE, Right.READ_CONFIGURATION, Right.READ_PEOPLE, Right.MAKE_PLANS))
]


Teller = Annotated[Asker, Depends(Needs(Right.READ_CONFIGURATION))]


class RuleListed(BaseModel):
    """One rule. *plan*, *run*: the last of it, for whoever may see runs."""

    name: str
    source: str
    target: str
    mapping: str
    category: str
    description: str
    plan: KeptPlan | None
    run: Run | None


class RuleDraft(Asked):
    """A rule that somebody thinks about, as it would stand in the configuration."""

    rule: dict[str, Any]


class ReactionChoice(BaseModel):
    """What a rule does about a situation, and what it could do."""

    situation: Situation
    now: Reaction
    allowed: list[Reaction]


class RuleInWords(BaseModel):
    """What a rule does about every situation, and what stops it: in words, and as choices."""

    words: list[str]
    reactions: list[ReactionChoice]


@router.post("/rule-words")
def tell_rule(asker: Teller, asked: RuleDraft) -> RuleInWords:
    """Say in plain words what a rule would do, and what would stop it; nothing is kept."""
    del asker
    try:
        rule = SyncRule.model_validate(asked.rule)
    except ValidationError as error:
        document = Document(name="the rule", data=asked.rule)
        raise refusal(document, list(problems_of(error, SyncRule, asked.rule))) from None
    choices = [ReactionChoice(situation=one, now=rule.reaction(one), allowed=list(REACTIONS[one])) for one in Situation]
    return RuleInWords(words=rule_words(rule), reactions=choices)


@router.get("/rules")
def list_rules(asker: Lister) -> list[RuleListed]:
    """List the rules, each with its last plan and its last run."""
    journal = asker.here.journal
    last: dict[str, Run] = {}
    for run in journal.runs(limit=1000):
        last.setdefault(run.rule, run)
    found: list[RuleListed] = []
    for name, rule in asker.server.configuration().rules.items():
        seen = sees(asker, name)
        plans = journal.plans([name], limit=1) if seen else []
        found.append(
            RuleListed(
                name=name,
                source=rule.source,
                target=rule.target,
                mapping=rule.mapping,
                category=rule.category,
                description=rule.description,
                plan=plans[0] if plans else None,
                run=last.get(name) if seen else None,
            )
        )
    return found


@router.get("/rules/{rule}")
def show_rule(asker: Reader, rule: str) -> SyncRule:
    """Show a rule as it is now, by which its plans are judged."""
    if not sees(asker, rule):
        asker.authority.require(Right.READ_RUNS, reach_of(rule, people=False))
    rules = asker.server.configuration().rules
    if rule not in rules:
        raise NotFound("there is no such rule", hint=f"rules: {', '.join(rules) or 'none'}")
    return rules[rule]
