"""How the program ends when it is stopped, or fails by itself."""

import signal

import pytest
import typer
from typer.testing import CliRunner

from keepstep.cli.main import Root
from keepstep.core.secret import Secret
from keepstep.store.crash_report import write_report


def asked(emulator, operation):
    """Wait until the emulator was asked for *operation*."""
    import time

    while not emulator.requests(operation=operation):
        time.sleep(0.05)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_stopping_a_read_says_that_nothing_was_changed(company, sign):
    company.emulator.add_fault("slow-drip:times=0,ms=200,pieces=50")
    with company.process("plan", "staff") as process:
        asked(company.emulator, "list_persons")
        process.send_signal(sign)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "stopped: nothing was changed" in err
    assert "Traceback" not in out + err


@pytest.mark.timeout(120)
def test_stopping_an_apply_loses_nothing_and_the_same_command_goes_on(company):
    import json

    digest = json.loads(company.run("plan", "staff", "--json").stdout)["digest"]
    company.emulator.add_fault("slow-drip:times=0,ms=200,pieces=50,path=upsert")
    with company.process("apply", digest, "--yes") as process:
        asked(company.emulator, "upsert_patch")
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "run the same command again" in err
    company.emulator.clear_faults()
    assert "is done: 11 done" in company.good("apply", digest, "--yes")
    assert company.emulator.count == 11


def test_a_closed_pipe_is_no_fault(company):
    with company.process("people", "corp") as process:
        process.stdout.close()
        err = process.stderr.read()
        process.wait(60)
    assert "Traceback" not in err


def test_a_fault_of_our_own_goes_to_a_file_with_the_secrets_masked(tmp_path):
    app = typer.Typer(cls=Root, pretty_exceptions_enable=False)

    def fail(context: typer.Context) -> None:
        context.find_root().obj.home = tmp_path / "home"
        context.find_root().obj.secrets.append(Secret("s3cr3t/+=text"))
        raise ZeroDivisionError("while holding s3cr3t/+=text")

    app.command("fail")(fail)
    app.command("other")(lambda: None)
    (tmp_path / "home").mkdir()
    result = CliRunner().invoke(app, ["fail"])
    assert result.exit_code == 1
    assert "Traceback" not in result.output
    assert "ZeroDivisionError" not in result.output
    (report,) = (tmp_path / "home" / "crash").iterdir()
    assert str(report) in result.stderr
    content = report.read_text()
    assert "ZeroDivisionError" in content
    assert "s3cr3t" not in content
    assert report.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("form", ["pa ss'wörd", "cGEgc3Mnd8O2cmQ=", "pa%20ss%27w%C3%B6rd"])
def test_a_report_masks_a_secret_however_it_is_written(tmp_path, form):
    path = write_report(ValueError(f"sent {form} away"), tmp_path / "crash", [Secret("pa ss'wörd")])
    assert form not in path.read_text()
