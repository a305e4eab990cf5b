"""Units, container, compose file and the page about them name only what there is."""

import configparser
import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from typer.main import get_command

from keepstep import settings
from keepstep.cli.main import build
from tests.docs.tables import page, shell_lines

ROOT = Path(__file__).parents[2]
PACKAGING = ROOT / "packaging"
UNITS = sorted((PACKAGING / "systemd").iterdir())
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
LONG_RUNNING = [unit for unit in SERVICES if "backup" not in unit.name]
CONTAINERFILE = (PACKAGING / "container" / "Containerfile").read_text()
COMPOSE = YAML(typ="safe").load(PACKAGING / "container" / "compose.yaml")
PAGE = page("deploy.md")
HOME = "/var/lib/keepstep/data"


def named(path):
    return path.name


def unit(path):
    """A unit as sections of keys to all their values."""
    read = configparser.RawConfigParser(strict=False, dict_type=Many, empty_lines_in_values=False)
    read.optionxform = str
    read.read_string(path.read_text())
    return {section: {key: value.split("\n") for key, value in read[section].items()} for section in read.sections()}


class Many(dict):
    """Keeps every value of a key that is given several times."""

    def __setitem__(self, key, value):
        if key in self and isinstance(value, list):
            self[key].extend(value)
        else:
            super().__setitem__(key, value)


def check(words):
    """Each command and option is one that the program has, and no value is refused by its kind."""
    command = get_command(build())
    rest = list(words)
    while rest and rest[0] in getattr(command, "commands", {}):
        command = command.commands[rest.pop(0)]
    assert not hasattr(command, "commands"), words
    known = {option for parameter in command.params for option in parameter.opts}
    assert [word for word in rest if word.startswith("--") and word not in known] == [], words
    command.make_context(command.name, rest)


def started(path):
    (line,) = unit(path)["Service"]["ExecStart"]
    return line


def calls():
    """Every call of the program in the units, the container, the compose file and the page."""
    for path in SERVICES:
        found = re.search(r"/opt/keepstep/bin/keepstep (.*?)'?$", started(path))
        yield path.name, shlex.split(found[1])
    yield "Containerfile", json.loads(re.search(r"^CMD (\[.*\])$", CONTAINERFILE, re.MULTILINE)[1])
    for name, service in COMPOSE["services"].items():
        if service.get("image") == "keepstep":
            yield f"compose: {name}", service["command"]
    for line in shell_lines(PAGE):
        found = re.search(r"^(?:sudo -u keepstep /opt/keepstep/bin/)?keepstep (.*)$", line)
        if found:
            yield f"page: {found[1]}", shlex.split(found[1])


@pytest.mark.parametrize("words", [pytest.param(words, id=where) for where, words in calls()])
def test_every_command_and_option_exists(words):
    check([word.replace("%i", "1") for word in words])


def test_the_roles_of_the_units_are_those_that_there_are():
    roles = {re.search(r"--role (\w+)", started(path))[1] for path in LONG_RUNNING}
    assert roles == {"all", "web", "worker"}


@pytest.mark.parametrize("path", SERVICES, ids=named)
def test_every_variable_of_a_unit_is_read_by_the_program(path):
    known = {value for name, value in vars(settings).items() if name.endswith("_VARIABLE")}
    lines = unit(path)["Service"]["Environment"]
    assert {line.partition("=")[0] for line in lines} <= known
    assert f"KEEPSTEP_HOME={HOME}" in lines


@pytest.mark.parametrize("path", SERVICES, ids=named)
def test_every_unit_gives_up_what_it_does_not_need(path):
    service = unit(path)["Service"]
    assert service["User"] == ["keepstep"]
    assert service["CapabilityBoundingSet"] == [""]
    assert service["UMask"] == ["0077"]
    assert service["ProtectSystem"] == ["strict"]
    assert service["LimitCORE"] == ["0"]
    for key in (
        "NoNewPrivileges",
        "PrivateTmp",
        "PrivateDevices",
        "ProtectHome",
        "RestrictSUIDSGID",
        "RestrictNamespaces",
    ):
        assert service[key] == ["yes"], key


@pytest.mark.parametrize("path", SERVICES, ids=named)
def test_where_a_unit_writes_is_where_its_home_is(path):
    service = unit(path)["Service"]
    assert HOME.startswith(f"/var/lib/{service['StateDirectory'][0]}/")
    assert unit(path)["Unit"]["ConditionPathExists"] == [f"{HOME}/keepstep.yaml"]


def test_systemd_understands_every_unit(tmp_path):
    """Where systemd is installed; a test cannot ask it elsewhere, and the other tests read the units too."""
    program = shutil.which("systemd-analyze")
    for path in UNITS if program else ():
        # the program is not installed at its place here
        text = path.read_text().replace("/opt/keepstep/bin/keepstep", "/bin/true")
        (tmp_path / path.name).write_text(text)
    if program:
        files = [str(tmp_path / path.name) for path in UNITS]
        done = subprocess.run(
            [program, "verify", "--man=no", *files], check=False, capture_output=True, text=True, timeout=60
        )
        ours = [line for line in done.stderr.splitlines() if "keepstep" in line]
        assert ours == []


def test_the_page_names_every_unit_and_every_file():
    for path in PACKAGING.rglob("*"):
        if path.is_file():
            assert path.name in PAGE, path.name
    assert {name for name in re.findall(r"`(packaging/[\w/.]+\w)`", PAGE) if not (ROOT / name).exists()} == set()


def test_the_image_is_made_of_what_there_is_and_runs_as_nobody_special():
    stages = re.split(r"^FROM ", CONTAINERFILE, flags=re.MULTILINE)[1:]
    assert [stage.splitlines()[0] for stage in stages] == [
        "docker.io/library/python:3.12-slim-bookworm AS build",
        "docker.io/library/python:3.12-slim-bookworm",
    ]
    for line in re.findall(r"^COPY (?!--from)(.*) \S+$", CONTAINERFILE, re.MULTILINE):
        assert [name for name in line.split() if not (ROOT / name).exists()] == []
    assert "gcc" not in stages[1]
    assert re.search(r"^USER keepstep$", stages[1], re.MULTILINE)
    assert f"KEEPSTEP_HOME={HOME}" in stages[1]
    assert CONTAINERFILE.count("--require-hashes") == 2


def test_the_image_has_what_the_extras_need(tmp_path):
    """What the Containerfile picks out of the lock is there, with its hashes."""
    (program,) = re.findall(r"awk '(.*?)' requirements.lock", CONTAINERFILE)
    done = subprocess.run(["awk", program, ROOT / "requirements.lock"], capture_output=True, text=True, check=True)
    names = {line.partition("==")[0] for line in done.stdout.splitlines() if not line.startswith(" ")}
    assert names == {"python-ldap", "pyasn1", "pyasn1-modules", "psycopg", "psycopg-binary"}
    assert done.stdout.count("--hash=sha256:") >= len(names)
    wanted = set(re.findall(r'^(?:ad|postgres) = \["([\w-]+)', (ROOT / "pyproject.toml").read_text(), re.MULTILINE))
    assert wanted <= names


def test_the_compose_file_is_whole():
    services, secrets = COMPOSE["services"], COMPOSE["secrets"]
    assert set(services) == {"web", "worker", "proxy", "db"}
    for name, service in services.items():
        for one in service.get("secrets", []):
            assert (one if isinstance(one, str) else one["source"]) in secrets, name
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in COMPOSE["volumes"] or (PACKAGING / "container" / source).exists(), volume
        assert set(service.get("depends_on", [])) <= set(services)
        assert set(service.get("networks", {})) <= set(COMPOSE["networks"])
    build_of = services["web"]["build"]
    context = (PACKAGING / "container" / build_of["context"]).resolve()
    assert context == ROOT
    assert (context / build_of["dockerfile"]).exists()
    assert "password" not in services["web"]["environment"]["KEEPSTEP_DATABASE"]


def test_the_proxy_that_is_trusted_in_the_compose_file_is_the_one_that_is_there():
    web, proxy = (COMPOSE["services"][name] for name in ("web", "proxy"))
    trusted = web["command"][web["command"].index("--trusted-proxy") + 1]
    assert proxy["networks"]["front"]["ipv4_address"] == trusted
    known = {value for name, value in vars(settings).items() if name.endswith("_VARIABLE")}
    assert set(web["environment"]) <= known


def test_the_proxies_write_forwarded_headers_anew():
    nginx = (PACKAGING / "proxy" / "nginx.conf").read_text()
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in nginx
    assert "$proxy_add_x_forwarded_for" not in nginx
    assert "proxy_buffering off;" in nginx
