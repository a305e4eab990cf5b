"""What somebody at a terminal sees, and what a pipe gets."""

import os
import pty
import socket
import sys

import pytest


def typed(cli, *arguments, talk=()):
    """Return what a terminal shows when the program is called there, and the exit code.

    *talk*: pairs of what to wait for and what to type then.
    """
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(sys.executable, [sys.executable, "-m", "keepstep", *map(str, arguments), "--home", str(cli.home)])
    shown, heard, waiting = "", 0, list(talk)
    while chunk := read(terminal):
        shown += chunk.decode("utf-8", "replace")
        if waiting and waiting[0][0] in shown[heard:]:
            heard = len(shown)
            os.write(terminal, waiting.pop(0)[1].encode())
    os.close(terminal)
    _, status = os.waitpid(pid, 0)
    return shown, os.waitstatus_to_exitcode(status)


def read(terminal):
    """Return what the terminal shows next, or nothing when the program has ended."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


def test_a_terminal_gets_colour_and_progress_and_a_pipe_neither(company):
    shown, code = typed(company, "plan", "staff")
    assert code == 10
    assert "\x1b[32m+ create Mira Kovač" in shown
    assert "read corp.users: 11" in shown
    result = company.run("plan", "staff")
    assert "\x1b" not in result.output
    assert "read corp.users" not in result.output


def test_no_color_is_respected(company, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    shown, _ = typed(company, "plan", "staff")
    assert "\x1b[32m" not in shown


@pytest.mark.parametrize(("answer", "code", "count"), [("n\n", 130, 0), ("y\n", 0, 11)])
def test_apply_asks_before_it_writes(company, answer, code, count):
    import json

    digest = json.loads(company.run("plan", "staff", "--json").stdout)["digest"]
    shown, ended = typed(company, "apply", digest, talk=[("[y/N]:", answer)])
    assert "Carry out these 11 changes?" in shown
    assert ended == code
    assert company.emulator.count == count


def test_a_secret_is_asked_twice_and_not_shown(cli):
    shown, code = typed(
        cli, "secret", "set", "one", talk=[("not shown): ", "s3cr3t-text\n"), ("again: ", "s3cr3t-text\n")]
    )
    assert code == 0, shown
    assert "s3cr3t-text" not in shown
    shown, code = typed(cli, "secret", "set", "one", talk=[("not shown): ", "s3cr3t-text\n"), ("again: ", "other\n")])
    assert code == 2
    assert "nothing was kept" in shown


def test_a_table_on_a_terminal_cuts_no_id(company):
    import json

    digest = json.loads(company.run("plan", "staff", "--json").stdout)["digest"]
    company.good("apply", digest, "--yes")
    (run,) = json.loads(company.good("run", "list", "--json"))
    shown, _ = typed(company, "run", "list")
    assert run["id"] in shown


def test_the_emulator_answers_until_it_is_stopped(cli):
    import signal
    import urllib.request

    with cli.process("emulate", "infobip", "--port", "0", "--people", "5") as process:
        line = process.stdout.readline()
        url = line.split()[3]
        assert "with 5 persons" in line
        with urllib.request.urlopen(f"{url}/_emulator") as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "the emulator is off" in err


def test_a_port_in_use_and_an_unknown_fault_are_told(cli):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert "--port 0" in cli.bad("emulate", "infobip", "--port", taken.getsockname()[1], code=2)
    assert "cut-pag" in cli.bad("emulate", "infobip", "--fault", "cut-pag", code=2)
