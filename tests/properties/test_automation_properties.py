"""Automations: whatever is written down is refused at once, or can be made into what starts."""

from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from keepstep.core.automation import AutomationSpec

WORDS = ["", " ", "a", "corp", "corp.users", "infobip.send-sms", ".", "a.", ".b", "1d", "-1d", "{{ mail }}", "é"]
TEXTS = st.sampled_from(WORDS) | st.text(max_size=8)
TASKS = (
    {"webhook": "infobip.send-sms", "with": {"text": "Hello"}, "after": "1d"},
    {"notify": "hr", "subject": "News", "text": "Hello", "after": "1d"},
    {"action": "disable", "after": "1d"},
    {"approval": {"by": ["ana"]}, "after": "1d"},
)
TASKED = {"trigger": {"every": "1h"}, "subjects": {"members_of": "x"}, "target": "corp.users", "cancelled_by": ""}
MAPPED = {
    "trigger": {"every": "1h"},
    "task": "create",
    "mapping": "m",
    "source": "infobip.persons",
    "correlate": [["mail", "email"]],
}


def understood(written):
    """Return the automation, or None where it is refused."""
    try:
        return AutomationSpec.model_validate(written)
    except ValidationError:
        return None


@given(
    task=st.sampled_from(TASKS).flatmap(
        lambda task: st.tuples(st.sampled_from(sorted(task)), TEXTS).map(lambda one: {**task, one[0]: one[1]})
    ),
    more=st.lists(st.sampled_from(TASKS), max_size=2),
)
@example(task={"webhook": ""}, more=[])
@example(task=TASKS[0], more=[TASKS[1]])
def test_tasks_are_refused_or_make_a_template(task, more):
    spec = understood({**TASKED, "tasks": [task, *more]})
    if spec is not None:
        template = spec.as_template()
        assert template is not None
        assert len(template.blocks) > len(more)


@given(key=st.sampled_from(["target", "cancelled_by"]), text=TEXTS)
@example(key="cancelled_by", text="{{ title == 'Head' }}")
def test_whom_tasks_are_for_is_refused_or_makes_a_template(key, text):
    spec = understood({**TASKED, "tasks": list(TASKS), key: text})
    if spec is not None:
        assert spec.as_template() is not None


@given(key=st.sampled_from(["mapping", "source", "description"]), text=TEXTS)
@example(key="description", text="of leavers")
def test_a_task_of_a_mapping_is_refused_or_makes_a_rule(key, text):
    spec = understood({**MAPPED, key: text})
    if spec is not None:
        assert spec.as_rule("hr.people").mapping == spec.mapping


def test_what_these_begin_with_is_not_refused():
    assert understood({**TASKED, "tasks": list(TASKS)}) is not None
    assert understood(MAPPED) is not None
