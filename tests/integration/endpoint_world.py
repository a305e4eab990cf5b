"""A home whose only connection is an application of one's own, answered by a small server."""

import json
from contextlib import contextmanager

import pytest

from tests.integration.cli_world import Cli
from tests.lab.answering import answering, told

PEOPLE = [{"id": str(number), "name": f"Person {number}", "mail": f"p{number}@corp.example"} for number in range(1, 6)]

CONFIG = """\
# The systems of this house.
version: 1
connections:
  hr:   # people
    kind: rest
    preset: plain
    base_url: {url}/api
    authorization: {authorization}
    endpoints:
      # everybody
      list-users:
        url: "{{base_url}}/users"   # the list
        records: data.users
    objects:
      users: {{list: list-users, key: id, attributes: {{name: name, mail: mail}}}}

  other: {{kind: ldif, file: "a.ldif"}}
egress: {{allow: ["127.0.0.1"]}}
# the end
"""


class Hr(Cli):
    """Calls of `keepstep endpoint …` on connection hr."""

    server = None

    def configure(self, text=CONFIG, authorization="{type: none}"):
        self.file.write_text(text.format(url=self.server.url, authorization=authorization), newline="")

    @property
    def file(self):
        return self.home / "keepstep.yaml"

    @property
    def config(self):
        return self.file.read_bytes().decode()

    def test(self, *arguments, code=0, spec=None, endpoint="list-users"):
        """What `endpoint test --json` tells."""
        draft = () if spec is None else ("--spec", "-")
        text = None if spec is None else json.dumps(spec)
        result = self.run("endpoint", "test", "hr", endpoint, *draft, *arguments, "--json", text=text)
        assert result.exit_code == code, result.output
        return json.loads(result.stdout)

    def remarks(self, **options):
        found = self.test(**{"code": 1, **options})
        return [remark["text"] for remark in found["remarks"] if remark["severe"]]


def page(asked):
    """Everybody in one answer."""
    return told({"data": {"users": PEOPLE}, "meta": {"total": len(PEOPLE)}})


@contextmanager
def hr_at(home, answer=page):
    hr = Hr(home)
    hr.good("init")
    with answering(answer) as server:
        hr.server = server
        hr.configure()
        yield hr


@pytest.fixture
def hr(tmp_path):
    with hr_at(tmp_path / "home") as made:
        yield made
