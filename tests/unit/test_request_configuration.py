"""Macros in the requests of a configuration: every mistake is told at its place."""

import pytest

from tests.unit.test_configuration import mistakes, understood

OWN = """\
version: 1
variables: {office: Zagreb}
connections:
  hr:
    kind: rest
    preset: plain
    base_url: https://hr.example/api
    headers: {X-Site: "{{ env.office }}"}
    endpoints:
      list-users:
        url: "{base_url}/users"
        params: {since: '{{ now | date("%Y") }}'}
        headers: {X-Key: "{{ secret.hr-key }}"}
      user-detail: {url: "{base_url}/users/{{ key }}?mail={{ mail }}"}
    objects:
      users:
        list: list-users
        key: id
        join: [{endpoint: user-detail, each: true}]
        attributes: {mail: emails.value, phone: {path: number, of: user-detail}}
"""


def test_macros_in_requests_are_understood():
    assert list(understood(OWN).connections) == ["hr"]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("env.office", "env.ofice", '8:23: unknown name "env.ofice" in connections.hr.headers.X-Site, column 4; did you mean "env.office"?'),
        ("{{ key }}", "{{ kei }}", '14:26: unknown name "kei" in connections.hr.endpoints.user-detail.url, column 21; did you mean "key"?'),
        ("{{ mail }}", "{{ phone }}", '14:26: unknown name "phone" in connections.hr.endpoints.user-detail.url'),
        ("{{ mail }}", "{{ secret.x }}", '14:26: "secret.x" cannot be used in URLs; secret.NAME is for parameters, headers and bodies'),
        ("{{ now |", "{{ mail |", '12:25: unknown name "mail" in connections.hr.endpoints.list-users.params.since'),
        ('"{base_url}/users"', '"https://{{ key }}.example/"', "11:14: connections.hr.endpoints.list-users.url: {{ key }} stands where the host is named"),
    ],
)  # fmt: skip
def test_misfits_in_requests_have_their_place(before: str, after: str, told: str):
    assert mistakes(OWN.replace(before, after))[0].split("keepstep.yaml:")[1].startswith(told)
