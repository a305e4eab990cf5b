"""Secrets come from the environment, from files and from programs, and from nowhere that is not allowed."""

import os
import sys
import time
from pathlib import Path

import pytest

from keepstep.core.secret import Secret, SecretRef
from keepstep.core.secret_command import SecretCommand
from keepstep.errors import ConfigurationError, SecretMissing
from keepstep.settings import read_settings
from keepstep.store.secret_sources import SecretPremises, SecretSources
from keepstep.wiring import opened
from tests.integration.approval_world import HandClock

PLANTED = "gEheim-ß-7731"
PYTHON = str(Path(sys.executable).resolve())


def program(*words: str, **more) -> SecretCommand:
    return SecretCommand(program="/bin/sh", arguments=["-c", *words], **more)


class World:
    def __init__(self, home: Path, **commands: SecretCommand) -> None:
        self.home, self.clock = home, HandClock()
        (home / "secrets").mkdir(mode=0o700)
        self.environment = {"PATH": os.environ["PATH"], "TOKEN": PLANTED, "EMPTY": "", "OTHER": "not passed on"}
        self.commands = commands

    def file(self, name: str, content: str | bytes = f"{PLANTED}\n", mode: int = 0o600) -> Path:
        path = self.home / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        path.chmod(mode)
        return path

    def resolve(self, *, folders=(), **reference) -> str:
        return self.sources(folders).resolve(SecretRef(**reference)).reveal()

    def sources(self, folders=()) -> SecretSources:
        premises = SecretPremises(
            home=self.home,
            folders=(self.home / "secrets", *folders),
            environment=self.environment,
            commands=lambda: self.commands,
        )
        return SecretSources(None, premises, self.clock)

    def refused(self, match: str, **options) -> SecretMissing:
        with pytest.raises(SecretMissing, match=match) as caught:
            self.resolve(**options)
        assert caught.value.hint
        assert PLANTED not in f"{caught.value}{caught.value.hint}"
        return caught.value


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def test_a_secret_stands_in_the_environment(world):
    assert world.resolve(environment="TOKEN") == PLANTED


@pytest.mark.parametrize("name", ["EMPTY", "MISSING"])
def test_a_variable_without_a_value_is_no_secret(world, name):
    world.refused(f"environment variable {name} is not set", environment=name)


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640, 0o440])
def test_a_secret_stands_in_a_file_of_the_folder_for_them(world, mode):
    world.file("secrets/token", mode=mode)
    assert world.resolve(file="secrets/token") == PLANTED
    assert world.resolve(file=str(world.home / "secrets" / "token")) == PLANTED


def test_a_folder_that_the_process_was_told_of_is_allowed_too(world, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    (folder / "..data").mkdir()
    (folder / "..data" / "token").write_text(PLANTED)
    (folder / "..data" / "token").chmod(0o400)
    (folder / "token").symlink_to("..data/token")
    world.refused("not in a folder of secrets", file=str(folder / "token"))
    assert world.resolve(file=str(folder / "token"), folders=[folder]) == PLANTED


@pytest.mark.parametrize(
    "name", ["master.key", "secrets/../master.key", "secrets/link", "/etc/passwd", "secrets", "secrets/out/master.key"]
)
def test_no_other_file_is_read_wherever_links_lead(world, name):
    world.file("master.key")
    (world.home / "secrets" / "link").symlink_to(world.home / "master.key")
    (world.home / "secrets" / "out").symlink_to(world.home)
    world.refused("not in a folder of secrets|is no file", file=name)


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o666, 0o660, 0o602])
def test_a_file_that_others_may_read_or_change_is_refused(world, mode):
    world.file("secrets/token", mode=mode)
    error = world.refused(rf"is open to others \(mode {mode:04o}\)", file="secrets/token")
    assert "chmod 6" in error.hint


@pytest.mark.parametrize(
    ("content", "match"),
    [("", "is empty"), ("\n", "is empty"), (b"\xff\xfe", "is not UTF-8"), ("x" * 70_000, "larger than 65,536 bytes")],
)
def test_a_file_that_holds_no_secret_is_refused(world, content, match):
    world.file("secrets/token", content)
    world.refused(match, file="secrets/token")


def test_a_pipe_in_the_place_of_a_file_does_not_hold_anybody_up(world):
    os.mkfifo(world.home / "secrets" / "token", 0o600)
    world.refused("is no file", file="secrets/token")


def test_a_file_that_is_not_there_says_where_it_belongs(world):
    error = world.refused("is not there", file="secrets/token")
    assert str(world.home / "secrets" / "token") in error.hint


def test_a_file_of_somebody_else_is_refused(world):
    path = world.file("secrets/token")
    os.chown(path, 12345, -1)
    world.refused("belongs to somebody else", file="secrets/token")


def test_a_program_prints_the_secret(world):
    world.commands = {"token": program(f"printf '{PLANTED}\\n'")}
    assert world.resolve(command="token") == PLANTED


def test_arguments_are_passed_on_as_they_are_and_no_shell_reads_them(world):
    shown = SecretCommand(program=PYTHON, arguments=["-c", "import sys; print(sys.argv[1:])", "$HOME; `id`", "a b"])
    world.commands = {"token": shown}
    assert world.resolve(command="token") == "['$HOME; `id`', 'a b']"


def test_a_program_gets_only_the_variables_it_is_given(world):
    world.commands = {"token": SecretCommand(program="/usr/bin/env", environment=["TOKEN", "ABSENT"])}
    assert world.resolve(command="token").splitlines() == [f"PATH={os.environ['PATH']}", f"TOKEN={PLANTED}"]


def test_what_a_program_printed_is_used_again_for_a_time(world, tmp_path):
    count = tmp_path / "count"
    sources = world.sources()
    world.commands["token"] = program(f"echo x >>{count}; wc -l <{count}", keep=60)

    def asked() -> str:
        return sources.resolve(SecretRef(command="token")).reveal().strip()

    assert [asked(), asked()] == ["1", "1"]
    world.clock.pass_(seconds=60)
    assert asked() == "2"
    world.commands["token"] = program(f"echo x >>{count}; wc -l <{count}", keep=0)
    assert [asked(), asked()] == ["3", "4"]
    assert PLANTED not in repr(sources)


@pytest.mark.parametrize(
    ("command", "match"),
    [
        (program(f"echo {PLANTED}; echo {PLANTED} >&2; exit 3"), 'secret command "token" ended with exit code 3'),
        (program("kill -9 $$"), "ended with exit code -9"),
        (program("true"), "printed nothing"),
        (program("printf '\\377\\376'"), "not UTF-8"),
        (program("yes"), "more than 65,536 bytes"),
        (SecretCommand(program="/nowhere/at/all"), "there is no program /nowhere/at/all"),
        (SecretCommand(program="/etc"), "/etc is no program"),
        (SecretCommand(program="/etc/passwd"), "/etc/passwd is no program"),
    ],
)
def test_a_program_that_gives_no_secret_says_why_and_not_what_it_printed(world, command, match):
    world.commands = {"token": command}
    world.refused(match, command="token")


@pytest.mark.parametrize("script", ["sleep 60", "exec >&-; sleep 60", "sleep 60 & sleep 60"])
def test_a_program_that_takes_too_long_is_killed_with_all_it_started(world, script):
    world.commands = {"token": program(f"{script} # slow-{os.getpid()}", timeout=0.5)}
    began = time.monotonic()
    world.refused("took longer than 0.5 seconds", command="token")
    assert time.monotonic() - began < 10
    time.sleep(0.2)
    lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert not any(f"slow-{os.getpid()}".encode() in line for line in lines)


@pytest.mark.parametrize("mode", [0o775, 0o757, 0o777])
def test_a_program_that_others_may_change_is_not_called(world, mode):
    script = world.file("fetch", "#!/bin/sh\necho x\n", mode)
    world.commands = {"token": SecretCommand(program=str(script))}
    world.refused("others may change", command="token")
    script.chmod(0o755)
    assert world.resolve(command="token") == "x"
    world.home.chmod(0o777)
    world.refused("others may change", command="token")
    world.home.chmod(0o1777)
    assert world.resolve(command="token") == "x"
    (world.home / "inner").mkdir()
    inner = world.home / "inner" / "fetch"
    script.rename(inner)
    world.commands = {"token": SecretCommand(program=str(inner))}
    assert world.resolve(command="token") == "x"
    world.home.chmod(0o770)
    world.refused(f"others may change {world.home}$", command="token")


def test_a_program_that_nobody_allowed_is_not_called(world):
    world.commands = {"hr-token": program("echo x")}
    error = world.refused('"hr-tokem" is not allowed here; did you mean "hr-token"', command="hr-tokem")
    assert "secret-commands.yaml" in error.hint


# ---------------------------------------------------------------- as the program is called


def settings(cli, **environment):
    return read_settings(environment, home=cli.home)


def allow(cli, text: str, mode: int = 0o600, name: str = "secret-commands.yaml") -> Path:
    path = cli.home / name
    path.write_text(text)
    path.chmod(mode)
    return path


ALLOWED = "version: 1\nsecret_commands:\n  token: {program: /bin/echo, arguments: [printed]}\n"


def test_programs_are_allowed_by_a_file_of_their_own(cli):
    allow(cli, ALLOWED)
    with opened(settings(cli)) as store:
        assert store.secrets.resolve(SecretRef(command="token")).reveal() == "printed"
    elsewhere = allow(cli, ALLOWED.replace("printed", "from elsewhere"), name="others.yaml")
    with opened(settings(cli, KEEPSTEP_SECRET_COMMANDS=str(elsewhere))) as store:
        assert store.secrets.resolve(SecretRef(command="token")).reveal() == "from elsewhere"


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("version: 1\nsecret_commands:\n  token: {program: echo}\n", "secret-commands.yaml:3:20: .* absolute path"),
        ("version: 1\nsecret_commands:\n  token: {programm: /bin/echo}\n", 'unknown key "programm"'),
        ("version: 1\nsecret_commands:\n  token: {program: /bin/echo, timeout: 61}\n", "less than or equal to 60"),
        ("version: 1\nsecret_commands:\n  token: {program: /bin/env, environment: [KEEPSTEP_DATABASE]}\n", "KEEPSTEP_"),
        ("nonsense", "secret-commands.yaml"),
    ],
)
def test_a_mistake_in_that_file_is_told_with_its_place(cli, text, match):
    allow(cli, text)
    with opened(settings(cli)) as store, pytest.raises(ConfigurationError, match=match):
        store.secrets.resolve(SecretRef(command="token"))


def test_a_file_of_programs_that_others_may_change_allows_nothing(cli):
    path = allow(cli, ALLOWED, 0o620)
    with opened(settings(cli)) as store, pytest.raises(SecretMissing, match="open to others") as caught:
        store.secrets.resolve(SecretRef(command="token"))
    assert caught.value.hint == f"chmod 600 {path}"


def test_a_file_of_programs_in_a_folder_that_others_may_change_allows_nothing(cli):
    allow(cli, ALLOWED)
    cli.home.chmod(0o777)
    with opened(settings(cli)) as store, pytest.raises(SecretMissing, match=f"others may change {cli.home}$"):
        store.secrets.resolve(SecretRef(command="token"))


def test_a_file_of_programs_that_is_named_and_not_there_is_told(cli):
    named = {"KEEPSTEP_SECRET_COMMANDS": str(cli.home / "gone.yaml")}
    with opened(settings(cli, **named)) as store, pytest.raises(SecretMissing, match=r"gone.yaml cannot be read"):
        store.secrets.resolve(SecretRef(command="token"))


def test_every_secret_that_is_opened_is_masked_in_crash_reports(cli):
    noticed: list[Secret] = []
    with opened(settings(cli, TOKEN=PLANTED), noticed=noticed.append) as store:
        connections = store.connections(store.configuration())
        connections.premises.resolve(SecretRef(environment="TOKEN"))
    assert [secret.reveal() for secret in noticed] == [PLANTED]


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ("{secret: a, file: b}", "name one of secret, environment, file and command"),
        ("{}", "name one of secret, environment, file and command"),
        ("{environment: KEEPSTEP_MASTER_KEY}", "KEEPSTEP_ are of Keepstep itself"),
        ("{environment: a-b}", "must be the name of an environment variable"),
        ("{command: ../up}", "must be a name of secret-commands.yaml"),
        ('{file: ""}', "must not be empty"),
        ("{vault: a}", 'unknown key "vault"'),
        ("plain-text", "must be {secret: NAME}"),
    ],
)
def test_a_reference_that_makes_no_sense_is_refused_when_it_is_saved(cli, reference, told):
    text = f"version: 1\nconnections:\n  hr:\n    kind: rest\n    base_url: https://hr.example\n    authorization: {{type: bearer, token: {reference}}}\n"
    (cli.home / "keepstep.yaml").write_text(text)
    shown = cli.bad("config", "check", "--offline")
    assert "keepstep.yaml:6:" in shown
    assert told in shown
    assert "plain-text" not in shown


def test_doctor_tries_every_secret_that_is_referred_to(cli, monkeypatch):
    allow(cli, ALLOWED)
    ways = {"a": "environment: HR_TOKEN", "b": "file: secrets/token", "c": "command: token", "d": "secret: never-set"}
    text = "version: 1\nconnections:\n" + "".join(
        f"  {name}: {{kind: rest, base_url: 'https://hr.example', authorization: {{type: bearer, token: {{{way}}}}}}}\n"
        for name, way in ways.items()
    )
    (cli.home / "keepstep.yaml").write_text(text)
    told = cli.run("config", "check").stderr
    assert "not set: environment variable HR_TOKEN is not set; set it where this process is started" in told
    assert "not set: secret file secrets/token is not there" in told
    assert 'not set: there is no secret "never-set"; set it: `keepstep secret set never-set`' in told
    assert "command" not in told
    shown = cli.run("doctor").stdout
    assert "environment variable HR_TOKEN is not set" in shown
    assert "secret file secrets/token is not there" in shown
    assert 'there is no secret "never-set"' in shown
    assert 'secret command "token" can be opened' in shown
    monkeypatch.setenv("HR_TOKEN", PLANTED)
    shown = cli.run("doctor").stdout
    assert "environment variable HR_TOKEN can be opened" in shown
    assert PLANTED not in shown
