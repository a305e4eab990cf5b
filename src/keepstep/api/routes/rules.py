"""Rules as they are now, by which plans are made and judged."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from keepstep.api.asker import Asker, Needs
from keepstep.api.routes.plans import Reader
from keepstep.api.sight import reach_of, sees
from keepstep.core.right import Right
from keepstep.core.run import KeptPlan, Run
from keepstep.core.sync_rule import SyncRule
from keepstep.errors import NotFound

router = APIRouter(tags=["rules"])

Lister = Annotated[
    Asker, Depends(Needs(Right.READ_RUNS, Right.APPROVE, Right.READ_CONFIGURATION, Right.READ_PEOPLE, Right.MAKE_PLANS))
]


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
