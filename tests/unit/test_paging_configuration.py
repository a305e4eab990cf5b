"""How a mistake about paging or a path is told to who wrote it."""

import pytest

from keepstep.connectors.rest.preset import application_of
from keepstep.errors import ConfigurationError
from keepstep.store.config_file import parse
from keepstep.usecases.configure import understand

HEAD = """\
version: 1
connections:
  hr:
    kind: rest
    preset: plain
    base_url: https://hr.example/api
    endpoints:
      list: {url: "{base_url}/users", """


def mistakes(endpoint: str, objects: str = "key: id, attributes: {mail: mail}") -> list[str]:
    text = f"{HEAD}{endpoint}}}\n    objects:\n      users: {{list: list, {objects}}}\n"
    with pytest.raises(ConfigurationError) as caught:
        understand(parse(text, name="keepstep.yaml"), application_of)
    return caught.value.message.split("\n")


PAGE = "paging: {style: page, number: page, size: 50"
STOP = "connections.hr.endpoints.list.paging.stop"


@pytest.mark.parametrize(
    ("endpoint", "told"),
    [
        (
            "paging: {style: cursor, cursor: next}",
            '8:39: key "param" is missing in connections.hr.endpoints.list.paging',
        ),
        (f"{PAGE}, stop: shrt}}", f'8:91: {STOP} must be one of empty, short, total; did you mean "short"?'),
        (f"{PAGE}, stop: {{element: x, equal: 1}}}}", f'8:104: unknown key "equal" in {STOP}; did you mean "equals"?'),
        (f"{PAGE}, stop: [empty, {{element: x}}]}}", f"8:99: {STOP}.1 is not right: say either `equals: VALUE` or"),
        (
            f"{PAGE}, stop: total}}",
            "8:39: connections.hr.endpoints.list.paging is not right: `stop: total` needs `total`",
        ),
        ("paging: {style: curser}", "must be one of none, page, offset, scim, cursor, next_url, link; did you mean"),
        (
            'records: "a..b"',
            '8:39: connections.hr.endpoints.list.records is not right: ".b" in path "a..b" is not a name',
        ),
        ("format: jsn", 'must be one of auto, json, xml, csv, jsonl; did you mean "json"?'),
    ],
)
def test_a_mistake_is_told_with_its_place(endpoint, told):
    found = mistakes(endpoint)
    assert len(found) == 1
    assert told in found[0]


@pytest.mark.parametrize(
    ("objects", "told"),
    [
        ("key: 'a[', attributes: {mail: mail}", "objects.users.key is not right"),
        ("key: id, attributes: {mail: 'a[x]'}", "objects.users.attributes.mail is not right"),
        ("key: id, attributes: {'a[': {multi: true}}", 'attribute "a[" needs a path: its name is none'),
    ],
)
def test_a_path_that_is_none_is_told_with_its_place(objects, told):
    (found,) = mistakes("records: users", objects)
    assert told in found
