"""Every use case that a door can reach judges the right itself: a door that forgets to ask opens nothing."""

import ast
import inspect
from importlib import import_module

from tests.architecture.test_house_rules import ROOT

DOORS = [*(ROOT / "src/keepstep/api").rglob("*.py"), *(ROOT / "src/keepstep/cli").rglob("*.py")]

JUDGED_ELSEWHERE = {
    "usecases.approve.ask_first": "asks people; what is applied then, `apply` judges",
    "usecases.choose_again.apply_choosing_again": "applies by `apply`, which judges",
    "usecases.choose_subjects.choose_seen": "finds only whom a right reaches; what is done to them is judged there",
    "usecases.choose_subjects.choose": "as above",
    "usecases.choose_subjects.find_subjects": "as above",
    "usecases.compare.kept_rows": "the rows of a comparison, which `compare_sides` judged",
    "usecases.list_people.names_of": "says which attributes a list tells; whose, `do_work` and the home judge",
    "usecases.reconcile.prepare_for": "looks whether a plan is stale; `apply` judges",
    "usecases.ask_start.known_automation": "looks a name up in the configuration",
    "usecases.known_rule.rule_of": "as above",
    "usecases.report.kept_rows_report": "puts rows together that the route of works judged",
    "usecases.report.people_report": "as above",
    "usecases.start_run.known_template": "as above",
    "usecases.steer_run.subject_called": "tells whether one subject was found",
    "usecases.probe.wanted_kinds": "looks at the configuration",
    "usecases.configure.understand": "understands a text",
    "usecases.configure.refusal": "says what is wrong with a text",
    "usecases.edit_endpoint.change_of": "makes a change; `put_in_force` judges",
    "usecases.edit_webhook.webhook_change": "as above",
    "usecases.try_webhook.masked_trial": "masks secrets",
    "usecases.sign_in.sign_in": "is how one comes to have rights: it proves who somebody is",
    "usecases.sign_in.sign_in_member": "as above, by a provider",
    "usecases.sign_in.prove_again": "as above",
    "usecases.sign_in.session_of": "as above",
    "usecases.sign_in.sign_out": "ends what one has",
    "usecases.sign_in.change_password": "proves who somebody is first",
    "usecases.manage_operators.choose_password": "proves a one-time link",
    "usecases.vote.redeem": "proves a one-time link",
}
"""What judges nothing itself, and why that is right."""

ONLY_AT_HOME = {
    "usecases.anchor_audit.anchor_due",
    "usecases.anchor_audit.signed_end",
    "usecases.archive_audit.archive_audit",
    "usecases.archive_audit.lines_of",
    "usecases.configure.check_live",
    "usecases.explain.accounts_of",
    "usecases.fire.unknown_names",
    "usecases.make_report.make_report",
    "usecases.plan_chosen.plan_chosen",
    "usecases.verify_audit.verify_audit",
    "usecases.verify_audit.verify_runs",
    "usecases.vote.make_link",
    "usecases.watch.watch_once",
}
"""What only the command line calls, on a home that whoever calls it holds; of the API only what its route judges."""


def called_by(files):
    """Return the functions of use cases that *files* import, as `usecases.module.name`."""
    found = set()
    for path in files:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("keepstep.usecases."):
                module = import_module(node.module)
                for alias in node.names:
                    if inspect.isfunction(getattr(module, alias.name)):
                        found.add(f"{node.module.removeprefix('keepstep.')}.{alias.name}")
    return found


def judges(name: str) -> bool:
    """Whether the function asks the authority itself, or hands it to the one function that does."""
    module, _, function = name.rpartition(".")
    source = inspect.getsource(getattr(import_module(f"keepstep.{module}"), function))
    own = any(word in source for word in (".require(", "permit_plan(", "permit_subjects(", "require_everywhere("))
    handed = any(
        word in source for word in ("try_call(", "render_webhook(", "fire_webhook(", "accounts_of(", "_permit(")
    )
    return own or handed


def test_every_use_case_that_a_door_calls_judges_the_right_or_says_why_not():
    silent = {name for name in called_by(DOORS) if not judges(name)}
    assert silent - set(JUDGED_ELSEWHERE) - ONLY_AT_HOME == set()


def test_nothing_is_excused_that_is_not_there_or_judges_by_now():
    called = called_by(DOORS)
    assert {name for name in JUDGED_ELSEWHERE if name not in called} == set()
    assert {name for name in JUDGED_ELSEWHERE if judges(name) and name != "usecases.permit.permit_subjects"} == set()


def test_the_api_calls_nothing_that_is_only_for_a_home_unless_its_route_judges():
    api = called_by((ROOT / "src/keepstep/api").rglob("*.py"))
    assert api & ONLY_AT_HOME == {
        "usecases.archive_audit.lines_of",
        "usecases.configure.check_live",
        "usecases.verify_audit.verify_audit",
        "usecases.verify_audit.verify_runs",
    }


def test_what_judges_is_found_in_the_source_and_not_in_words():
    assert judges("usecases.apply.apply")
    assert not judges("usecases.compare.kept_rows")
