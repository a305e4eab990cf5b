"""Reports that are made again and again: into a folder, by e-mail, by an automation; once for each cause."""

import email
import json
from email.policy import default

import pytest
import yaml

from keepstep.core.configuration import Configuration
from keepstep.settings import Settings
from keepstep.usecases import make_report
from keepstep.wiring import opened
from tests.integration.cli_world import company  # noqa: F401 - a configured home
from tests.integration.test_automations import DAILY, make_due, over, rule_world, serve, starts
from tests.integration.test_cli_compare import STRAY, in_step
from tests.lab.mailing import mail_server


def configure(home, **more):
    file = home / "keepstep.yaml"
    file.write_text(yaml.safe_dump({**yaml.safe_load(file.read_text()), **more}, sort_keys=False))


def mail_to(port):
    return {
        "kind": "email",
        "host": "127.0.0.1",
        "port": port,
        "tls": "none",
        "from": "keepstep@corp.example",
        "to": ["it@corp.example"],
    }


STRAYS = {"kind": "unauthorised", "rule": "staff", "formats": ["csv", "pdf"], "folder": "weekly"}


def test_a_report_is_put_into_its_folder_in_every_format(company):  # noqa: F811
    in_step(company)
    company.emulator.create(STRAY)
    configure(company.home, reports={"strays": STRAYS})
    said = company.good("report", "run", "strays")
    files = sorted((company.home / "reports" / "weekly").iterdir())
    assert [file.suffix for file in files] == [".csv", ".pdf"]
    assert all(f"reports/weekly/{file.name}" in said for file in files)
    assert "Stray Guest" in files[0].read_text()
    assert oct((company.home / "reports").stat().st_mode)[-3:] == "700"
    assert "strays" in company.good("report", "list")
    assert "report" in company.good("audit", "list")


def test_a_report_goes_with_an_e_mail(company):  # noqa: F811
    in_step(company)
    company.emulator.create(STRAY)
    with mail_server() as server:
        report = {"kind": "unauthorised", "rule": "staff", "formats": ["xlsx", "json"], "mail": "it"}
        configure(company.home, reports={"strays": report}, channels={"it": mail_to(server.port)})
        assert "e-mail by it" in company.good("report", "run", "strays")
    message = email.message_from_string(server.mails[0], policy=default)
    assert message["Subject"] == "Keepstep: Comparison of staff"
    files = {part.get_filename(): part for part in message.iter_attachments()}
    assert [name.rpartition(".")[2] for name in files] == ["xlsx", "json"]
    rows = json.loads(next(part for name, part in files.items() if name.endswith("json")).get_content())
    assert [row["name"] for row in rows] == ["Stray Guest"]
    assert "only in infobip (unauthorised): 1" in message.get_body().get_content()


def test_what_is_too_large_for_an_e_mail_says_so_and_nothing_is_sent(company, monkeypatch):  # noqa: F811
    in_step(company)
    monkeypatch.setattr(make_report, "MOST_ATTACHED", 100)
    with mail_server() as server:
        report = {"kind": "audit", "mail": "it"}
        configure(company.home, reports={"log": report}, channels={"it": mail_to(server.port)})
        assert "put it into a folder" in company.bad("report", "run", "log")
    assert server.mails == []


def test_half_a_read_is_told_and_ends_with_12(company):  # noqa: F811
    in_step(company)
    company.emulator.add_fault("cut-page:times=0,path=/people/2/persons")
    configure(company.home, reports={"strays": STRAYS})
    assert "not read whole" in company.bad("report", "run", "strays", code=12)


def test_a_report_that_is_not_there_is_named(company):  # noqa: F811
    configure(company.home, reports={"strays": STRAYS})
    assert 'did you mean "strays"' in company.bad("report", "run", "stray", code=2)


def test_an_automation_makes_a_report_at_its_time(runs):
    rule_world(runs, **DAILY)
    automation = {"trigger": {"every": "12h"}, "report": "changes"}
    configure(
        runs.home,
        reports={"changes": {"kind": "comparison", "rule": "people", "formats": "csv", "folder": "nightly"}},
        automations={"nightly": automation},
    )
    make_due(runs, "nightly")
    serve(runs, over("nightly"))
    (start,) = starts(runs, "nightly")
    assert start.state == "succeeded", start.reasons
    (file,) = (runs.home / "reports" / "nightly").iterdir()
    assert start.reasons[-1] == f"reports/nightly/{file.name}"
    assert file.name == f"changes-{start.due:%Y%m%d-%H%M%S}.csv"
    assert "Zoe" in file.read_text()


def test_a_mail_server_that_is_away_is_asked_again_later(runs):
    rule_world(runs, **DAILY)
    configure(
        runs.home,
        channels={"it": {**mail_to(1), "timeout": 1}},
        reports={"log": {"kind": "runs", "mail": "it"}},
        automations={"nightly": {"trigger": {"every": "12h"}, "report": "log"}},
    )
    make_due(runs, "nightly")
    serve(runs, lambda store: any(run.counts.get("tries") for run in store.automations.runs("nightly")))
    (start,) = starts(runs, "nightly")
    assert start.open
    assert "could not be sent by it" in start.reasons[0]


@pytest.mark.parametrize(
    ("report", "told"),
    [
        ({"kind": "unauthorised", "folder": "a"}, "is of a rule"),
        ({"kind": "audit"}, "say where it goes"),
        ({"kind": "audit", "folder": "../etc"}, "folder"),
        ({"kind": "audit", "folder": "a/b"}, "folder"),
        ({"kind": "audit", "folder": "a", "rule": "staf"}, 'did you mean "staff"'),
        ({"kind": "audit", "mail": "it"}, 'there is no channel "it"'),
        ({"kind": "audit", "mail": "log"}, "no e-mail channel"),
        ({"kind": "audit", "folder": "a", "formats": []}, "formats"),
    ],
)
def test_a_report_that_makes_no_sense_is_refused_with_its_place(company, report, told):  # noqa: F811
    configure(company.home, channels={"log": {"kind": "file", "file": "log"}}, reports={"bad": report})
    said = company.bad("config", "check")
    assert told in said
    assert "reports.bad" in said or "keepstep.yaml:" in said


def test_reports_are_part_of_the_configuration():
    assert "reports" in Configuration.model_fields


def test_a_person_who_asks_for_a_report_is_not_held_back_by_a_circuit(company):  # noqa: F811
    in_step(company)
    configure(company.home, reports={"strays": STRAYS})
    with opened(Settings(home=company.home, operator="ana")) as store:
        watch = store.circuit_watch(store.configuration())
        for _ in range(5):
            watch.failed("infobip", "it was away", "")
        assert store.circuits.get("infobip").opened is not None
    assert "reports/weekly" in company.good("report", "run", "strays")
    assert "nothing is held back" in company.good("connection", "circuit")
