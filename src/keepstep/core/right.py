"""The rights of operators: what somebody may do at all."""

from enum import StrEnum
from typing import Final


class Right(StrEnum):
    """One thing that somebody may do; whom and what it may be done to, a role says beside it."""

    READ_PEOPLE = "read_people"
    READ_CONFIGURATION = "read_configuration"
    READ_RUNS = "read_runs"
    READ_AUDIT = "read_audit"
    MAKE_REPORTS = "make_reports"
    TEST_CONNECTIONS = "test_connections"
    TEST_WEBHOOKS = "test_webhooks"
    MAKE_PLANS = "make_plans"
    APPLY_PLANS = "apply_plans"
    OVERRIDE_GUARDS = "override_guards"
    APPROVE = "approve"
    RUN_TEMPLATES = "run_templates"
    CHANGE_ACCOUNTS = "change_accounts"
    STEER_RUNS = "steer_runs"
    PAIR_ACCOUNTS = "pair_accounts"
    RUN_AUTOMATIONS = "run_automations"
    CHANGE_CONFIGURATION = "change_configuration"
    SET_SECRETS = "set_secrets"
    OPEN_FIRST_PASSWORDS = "open_first_passwords"
    MANAGE_OPERATORS = "manage_operators"


MEANINGS: Final = {
    Right.READ_PEOPLE: "see people and groups, comparisons, and why something was done",
    Right.READ_CONFIGURATION: "see connections, mappings, rules, templates and automations; never a secret",
    Right.READ_RUNS: "see plans and runs, and what came of them",
    Right.READ_AUDIT: "see, verify and export the audit log",
    Right.MAKE_REPORTS: "make reports",
    Right.TEST_CONNECTIONS: "check connections and test endpoints, which calls the application",
    Right.TEST_WEBHOOKS: "render webhooks for people, and send them as a test",
    Right.MAKE_PLANS: "read both sides of a rule and make a plan, also one that undoes a run",
    Right.APPLY_PLANS: "apply a plan",
    Right.OVERRIDE_GUARDS: "apply a plan that is beyond the guards, with a reason",
    Right.APPROVE: "approve, reject and comment plans that wait for people",
    Right.RUN_TEMPLATES: "run an orchestration template for chosen people",
    Right.CHANGE_ACCOUNTS: "change chosen accounts of a directory by hand",
    Right.STEER_RUNS: "pause, resume, cancel and retry runs, skip a block, decide about a block",
    Right.PAIR_ACCOUNTS: "pair and part accounts, ignore one of a comparison",
    Right.RUN_AUTOMATIONS: "start an automation now, switch it on and off",
    Right.CHANGE_CONFIGURATION: "change the configuration",
    Right.SET_SECRETS: "set and remove secrets; nobody can read one",
    Right.OPEN_FIRST_PASSWORDS: "see whose first password waits, and open it, once",
    Right.MANAGE_OPERATORS: "add, change and remove operators, give roles, end sessions and tokens",
}
"""What each right allows, in words."""

BY_PLACE: Final = frozenset(
    {
        Right.READ_PEOPLE,
        Right.TEST_WEBHOOKS,
        Right.APPLY_PLANS,
        Right.RUN_TEMPLATES,
        Right.CHANGE_ACCOUNTS,
        Right.PAIR_ACCOUNTS,
    }
)
"""The rights that are about people, and so end where the containers (OUs) of a role end."""

FRESH: Final = frozenset({Right.SET_SECRETS, Right.MANAGE_OPERATORS, Right.OVERRIDE_GUARDS, Right.OPEN_FIRST_PASSWORDS})
"""The rights that an open browser is not enough for: whoever asks proves again who they are."""
