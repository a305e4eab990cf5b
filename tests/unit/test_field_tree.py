"""What is told of the fields of an answer, and that telling it is bounded whatever the answer is."""

from keepstep.core.field_path import parse_path
from keepstep.core.field_tree import MOST_FIELDS, MOST_PATHS, field_tree, list_nodes, single_values
from keepstep.core.secret import MASK, Secret

ANSWER = {
    "meta": {"total": 2, "next": None},
    "data": {
        "users": [
            {"id": 1, "mail": "ana@corp.example", "phones": [{"type": "work", "number": "385"}], "tags": ["a", "b"]},
            {"id": "2", "active": True, "phones": []},
        ]
    },
    "empty": [],
}


def by_path(answer):
    return {found.path: found for found in field_tree(answer)}


def test_every_field_has_its_path_types_and_an_example():
    found = by_path(ANSWER)
    assert list(found) == [
        *("", "meta", "meta.total", "meta.next", "data", "data.users", "data.users[].id", "data.users[].mail"),
        *("data.users[].phones", "data.users[].phones[].type", "data.users[].phones[].number"),
        *("data.users[].tags[]", "data.users[].active", "empty"),
    ]
    assert found["data.users[].id"].types == ("number", "text")
    assert found["data.users[].mail"].example == "ana@corp.example"
    assert found["data.users[].tags[]"].types == ("list", "of text")
    assert found["meta.next"].types == ("null",)
    assert found["data.users"].items == 2


def test_it_is_told_how_often_a_field_is_there():
    found = by_path(ANSWER)
    assert (found["data.users[].mail"].present, found["data.users[].mail"].looked) == (1, 2)
    assert (found["data.users[].id"].present, found["data.users[].id"].looked) == (2, 2)


def test_a_list_of_objects_can_be_the_list_node_and_one_inside_a_record_cannot():
    assert [found.path for found in list_nodes(ANSWER)] == ["data.users"]
    assert [found.path for found in list_nodes([{"a": 1}])] == [""]
    assert list_nodes({"a": [1, 2], "b": {}}) == ()


def test_fields_of_a_bare_list_are_named_from_the_record_on():
    assert list(by_path([{"a": {"b": 1}}, {"c": [1]}])) == ["", "a", "a.b", "c[]"]


def test_a_value_that_may_be_a_secret_is_not_shown():
    found = by_path({"accessToken": "abc", "user": {"password": ["x"], "apiKey": 5}, "name": "n"})
    assert {path: found[path].example for path in ("accessToken", "user.password[]", "user.apiKey", "name")} == {
        **dict.fromkeys(("accessToken", "user.password[]", "user.apiKey"), MASK),
        "name": "n",
    }


def test_examples_are_cut_and_stay_on_one_line():
    found = by_path({"a": "x" * 10_000, "b": "one\n two\t three"})
    assert found["a"].example == "x" * 60 + "…"
    assert found["b"].example == "one two three"


def test_a_name_that_no_path_can_write_is_marked():
    found = by_path({'a"b': {"c": 1}, "a.b": 1, "d": 1})
    assert [path for path, one in found.items() if not one.usable] == ['"a"b"', '"a"b".c']
    assert parse_path('"a.b"')[0].name == "a.b"
    assert found['"a.b"'].usable


def test_every_usable_path_is_understood():
    assert [parse_path(found.path) for found in field_tree(ANSWER) if found.path]


def test_the_number_of_fields_is_bounded():
    assert len(field_tree({f"f{number}": {"x": number} for number in range(10_000)})) <= MOST_FIELDS + 1


def test_depth_is_bounded():
    deep = value = {}
    for _ in range(500):
        value["x"] = value = {}
    assert len(field_tree(deep)) < 20


def test_an_answer_that_is_a_single_value_is_told_too():
    (found,) = field_tree("text")
    assert (found.path, found.types, found.example) == ("", ("text",), "text")


def test_a_secret_in_an_example_is_masked_before_it_is_cut():
    secret = Secret("eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9." * 5)
    (_, found) = field_tree({"seen": f"Bearer {secret.reveal()}"}, [secret])
    assert found.example == f"Bearer {MASK}"


def test_single_values_are_what_a_column_can_name_and_nothing_above_it():
    records = ANSWER["data"]["users"]
    assert single_values(field_tree(records)) == (
        *("id", "mail", "phones[].type", "phones[].number", "tags[]", "active"),
    )
    many = {f"field{number}": number for number in range(MOST_PATHS + 50)}
    assert len(single_values(field_tree([many]))) == MOST_PATHS
    assert single_values(field_tree([{"x" * 500: 1, "id": 2}])) == ("id",)


def test_a_secret_that_comes_back_as_a_name_is_no_path():
    found = field_tree([{"token-7f3a9": "yes", "id": 1}], [Secret("token-7f3a9")])
    assert [one.path for one in found] == ["", MASK, "id"]
    assert single_values(found) == ("id",)
