"""A configuration: whatever somebody writes into it is understood, or refused at its place; never a fault."""

from copy import deepcopy
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from keepstep.connectors.rest.preset import application_of
from keepstep.errors import ConfigurationError
from keepstep.store.config_file import parse
from keepstep.usecases.configure import understand

TEXT = """\
version: 1
egress: {allow: ["127.0.0.1"]}
variables: {office: Zagreb}
tables:
  departments: {values: {HR: Human Resources}, default: keep}
connections:
  corp:
    kind: active_directory
    url: ldaps://dc1.corp.example
    bind: {method: simple, user: svc@corp.example, password: {secret: ad}}
    base: DC=corp,DC=example
    users: {base: "OU=Staff,DC=corp,DC=example", filter: "(employeeID=*)"}
    new_accounts: {container: "OU=Staff,DC=corp,DC=example"}
    searches:
      sales: {base: "OU=Sales,DC=corp,DC=example", filter: "(title=*)"}
  files: {kind: ldif, file: corp.ldif, base: "DC=corp,DC=example"}
  hr: {kind: table, file: hr.csv, key: id}
  infobip:
    kind: rest
    preset: infobip
    base_url: https://xyz.api.infobip.example
    authorization: {type: basic, username: keepstep, password: {secret: infobip}}
    webhooks:
      greet: {method: POST, url: "{base_url}/sms", body: {json: {to: "{{ mobile }}", text: "{{ with.text }}"}}}
    endpoints:
      list-others: {url: "{base_url}/others", paging: {style: page, number: page, size: 100, size_param: limit}, records: items}
    objects:
      others: {list: list-others, key: id, attributes: {name: name, mail: mail}}
channels:
  hr: {kind: email, host: smtp.corp.example, from: keepstep@corp.example, to: [hr@corp.example]}
  sms: {kind: webhook, webhook: infobip.greet, with: {text: x}}
  log: {kind: file, file: told}
notifications:
  nights: {to: [hr], severity: error, digest: "08:00", timezone: Europe/Zagreb}
reports:
  weekly: {kind: comparison, rule: staff, formats: [csv], folder: reports}
roles:
  desk: {description: d, rights: [read_people, change_accounts], connections: [corp], within: ["OU=Sales,DC=corp,DC=example"], changes: [set], attributes: [title]}
mappings:
  staff-to-persons:
    into: infobip.persons
    rows:
      externalId: "{{ objectGUID }}"
      email: {from: "{{ mail }}", when_empty: skip}
  people: {into: corp.users, rows: {cn: "{{ name }}", sAMAccountName: "a{{ id }}", employeeID: "{{ id }}"}}
rules:
  staff:
    source: corp.users
    target: infobip.persons
    mapping: staff-to-persons
    correlate: [[externalId, objectGUID]]
    reactions: {source_deleted: delete, source_disabled: mark}
    mark: {customAttributes.Status: left}
    guards: {delete: {percent: 5, count: 20}}
    approve: {approvers: [ana], tell: [hr], remind: 1d}
templates:
  greet:
    subject: corp.users
    start: find
    blocks:
      find: {webhook: infobip.find-person, next: wait, on_failure: tell}
      wait: {wait_until: "{{ mail }}", every: 5m, deadline: 1d, next: ask}
      ask: {approval: {by: [ana]}, deadline: 2d, next: set}
      set: {action: {set: {title: "Head"}}, next: choose}
      choose: {if: "{{ title == 'Head' }}", then: pause, else: tell}
      pause: {delay: 1d, next: tell}
      tell: {notify: hr, subject: News, text: "{{ subject.name }}", next: done}
      done: {end: success}
automations:
  nightly: {trigger: {daily: "02:00", timezone: Europe/Zagreb}, rule: staff}
  cron: {trigger: {every: 1h}, rule: staff, scope: changed, full_every: 1d}
  hired: {trigger: {event: user_created, on: corp.users, within: ["OU=Staff,DC=corp,DC=example"], where: "{{ title }}"}, template: greet}
  leave: {trigger: {every: 1h}, target: corp.users, subjects: {members_of: Leavers}, most: 20, tasks: [{action: disable}, {webhook: infobip.greet, with: {text: Bye}, after: 1d}, {notify: hr, subject: x}, {approval: {by: [ana]}, after: 30d}]}
  hire: {trigger: {every: 1h}, task: create, mapping: people, source: hr.rows, correlate: [[employeeID, id]]}
  off: {trigger: {every: 1h}, action: disable, source: hr.rows, target: corp.users, correlate: [[employeeID, id]]}
  weekly: {trigger: {schedule: "0 6 * * 1", timezone: Europe/Zagreb}, report: weekly}
"""
WHOLE = parse(TEXT, name="keepstep.yaml")
ODD = [
    *("", " ", "a", "corp", "corp.users", "infobip.greet", ".", "a.", ".b", "1d", "-1d", "0s", "25:00", "2026-13-40"),
    *("{{ mail }}", "{{ x", "(a=b", "CN=x,", "http://", "http://[::1", "{base_url}/x", "0 0 31 2 *", "Mars/Olympus"),
    *("nobody", "é", "a" * 300, 0, -1, 10**30, 1.5, float("inf"), True, None),
    *([], {}, [""], {"": ""}, [None], {"a": None}, [[]], [{}]),
]


def places(tree, path=()):
    """Yield the path of everything in *tree*."""
    if path:
        yield path
    pairs = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in pairs:
        yield from places(value, (*path, key))


PLACES = list(places(WHOLE.data))
VALUES = st.sampled_from(ODD) | st.text(max_size=12)


def changed(path, value, how):
    """Return the whole with one thing changed."""
    data = deepcopy(WHOLE.data)
    here = data
    for key in path[:-1]:
        here = here[key]
    if how == "drop":
        del here[path[-1]]
    elif how == "rename" and isinstance(here, dict):
        here[str(value)] = here.pop(path[-1])
    else:
        here[path[-1]] = value
    return data


def test_what_these_begin_with_is_understood():
    assert len(understand(WHOLE, application_of).automations) == TEXT.count("{trigger:")


@settings(max_examples=400)
@given(path=st.sampled_from(PLACES), value=VALUES, how=st.sampled_from(["put", "put", "rename", "drop"]))
def test_whatever_is_written_is_understood_or_refused_at_a_place(path, value, how):
    document = replace(WHOLE, data=changed(path, value, how))
    try:
        configuration = understand(document, application_of)
    except ConfigurationError as error:
        assert error.mistakes
    else:
        for one in configuration.automations.values():
            one.as_template()
            if one.task and one.mapping:
                one.as_rule(configuration.mappings[one.mapping].into)
