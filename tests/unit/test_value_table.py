"""Value tables: what becomes of a value that is there, and of one that is not."""

import pytest

from keepstep.core.value_table import TableSpec, ValueTable
from keepstep.errors import MacroError


def table(**words: object) -> ValueTable:
    return ValueTable.of("departments", TableSpec.model_validate({"values": {"HR": "Human Resources"}, **words}))


def test_a_value_of_the_table_becomes_the_other() -> None:
    assert table().look_up("HR") == "Human Resources"


def test_a_value_that_is_not_there_is_refused_kept_or_replaced() -> None:
    with pytest.raises(MacroError, match='table "departments" has no such value'):
        table().look_up("IT")
    assert table(default="keep").look_up("IT") == "IT"
    assert table(default="Other").look_up("IT") == "Other"
    assert table(default="").look_up("IT") == ""


def test_letter_case_tells_values_apart_unless_it_is_ignored() -> None:
    with pytest.raises(MacroError):
        table().look_up("hr")
    assert table(ignore_case=True).look_up(" hr ") == "Human Resources"
