"""Whatever is wrong is told in one line, with what to do, an exit code, and no traceback."""

import datetime as dt
import re
import socket
import ssl
import threading

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

URL = "http://127.0.0.1"


def told(company, *arguments, code=1):
    result = company.run(*arguments)
    assert result.exit_code == code, result.output
    return result.output


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ('externalId: "{{ objectGUID }}"', 'externalId: "{{ objectGUIDD }}"', 'did you mean "objectGUID"'),
        ('externalId: "{{ objectGUID }}"', 'externalId: "{{ objectGUID | lowr }}"', 'did you mean "lower"'),
        ('externalId: "{{ objectGUID }}"', 'externalId: "{{ objectGUID"', "externalId"),
        ('firstName: "{{ givenName }}"', 'fistName: "{{ givenName }}"', 'did you mean "firstName"'),
        ("[externalId, objectGUID]", "[externalId, objectGUIDD]", 'did you mean "objectGUID"'),
        ("[email, mail]", "[emial, mail]", 'did you mean "email"'),
        ("infobip.persons", "infobip.personz", "personz"),
        ("preset: infobip", "preset: infobop", "infobop"),
        ('filter: "(employeeID=*)"', 'filter: "(employeeID=*"', "column"),
        ('base: "OU=Staff,DC=corp,DC=example"', 'base: "OU=Staff;DC"', "base"),
        ("file: directory.ldif", "file: nowhere.ldif", "nowhere.ldif"),
        ("source_disabled: mark", "source_disabled: disable", "cannot disable"),
    ],
)
def test_a_name_that_the_systems_do_not_know_is_told_before_anything_is_read(company, before, after, says):
    company.configure((before, after))
    result = company.run("config", "check")
    assert says in result.output
    if "cannot be read" not in result.output and "preset" not in before:
        assert re.search(r"keepstep\.yaml:\d+:\d+: ", result.output)
    assert told(company, "plan", "staff").startswith("error: ")
    assert says in told(company, "plan", "staff")
    assert company.emulator.counters().get("list_persons", 0) == 0


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("version: 1\nrules: [\n", "keepstep.yaml:3:1: "),
        ("version: 1\n\trules: {}\n", "keepstep.yaml:2:1: "),
        ("version: 1\nversion: 1\n", 'keepstep.yaml:2:1: key "version" stands here twice'),
        (
            "version: 1\nrulez: {}\n",
            'keepstep.yaml:2:1: unknown key "rulez" in the configuration; did you mean "rules"?',
        ),
        ("", "keepstep.yaml is empty"),
        ("just text", "must hold keys and values"),
        (b"version: 1\n# \xff\n", "keepstep.yaml:2:3: this is not UTF-8"),
        (b"#" * 1_100_000, "larger than"),
    ],
)
def test_a_file_that_cannot_be_understood_is_told_with_line_and_column(cli, content, says):
    (cli.home / "keepstep.yaml").write_bytes(content if isinstance(content, bytes) else content.encode())
    assert says in told(cli, "config", "check")
    assert says in told(cli, "plan", "staff")


def test_a_system_that_is_away_is_told(company):
    company.configure((company.url, f"{URL}:9"))
    assert "reach" in told(company, "connection", "check", "infobip")
    assert "error: " in told(company, "plan", "staff")
    assert "error: " in told(company, "people", "infobip")


def test_a_name_that_does_not_resolve_is_told(company):
    company.configure((company.url, "https://nowhere.invalid"))
    assert "nowhere.invalid" in told(company, "connection", "check", "infobip")


def test_a_wrong_password_is_told_without_it(company):
    company.good("secret", "set", "infobip-password", text="Wr0ng-Passw0rd\n")
    for command in (("connection", "check", "infobip"), ("plan", "staff"), ("people", "infobip")):
        output = told(company, *command)
        assert "credentials" in output
        assert "Wr0ng-Passw0rd" not in output


def test_a_secret_that_is_not_there_is_told_by_name(company):
    company.good("secret", "remove", "infobip-password")
    assert "keepstep secret set infobip-password" in told(company, "plan", "staff")
    assert "not checked" in company.run("config", "check").stderr or company.run("plan", "staff").exit_code == 1


def test_a_missing_right_is_named(company):
    company.good("secret", "set", "reader", text="demo-read-only-key\n")
    company.configure(
        (
            "{type: basic, username: keepstep, password: {secret: infobip-password}}",
            "{type: api_key, key: {secret: reader}}",
        )
    )
    output = told(company, "connection", "check", "infobip")
    assert 'the right "people:manage" is missing' in output
    assert "MISS" in output


def test_a_lost_master_key_is_told(company):
    (company.home / "master.key").unlink()
    assert "master key" in told(company, "plan", "staff")


def test_a_database_that_is_none_is_told(company):
    (company.home / "keepstep.db").write_bytes(b"this is not a database, and it is long enough to look at" * 100)
    for suffix in ("-wal", "-shm"):
        (company.home / f"keepstep.db{suffix}").unlink(missing_ok=True)
    assert told(company, "run", "list").startswith("error: ")
    assert "MISS" in told(company, "doctor")


def test_a_half_written_directory_file_is_told(company):
    file = company.home / "directory.ldif"
    file.write_text(file.read_text() + "\ndn: CN=Half,OU=Staff,DC=corp,DC=example\nobjectClass")
    assert told(company, "plan", "staff", code=company.run("plan", "staff").exit_code)
    assert company.run("plan", "staff").exit_code in {1, 12}


def test_a_call_that_lacks_a_value_or_does_not_exist_is_told(company):
    assert "{key}" in told(company, "endpoint", "test", "infobip", "get-person")
    assert 'did you mean "list-persons"' in told(company, "endpoint", "test", "infobip", "list-person")
    assert "changes people" in told(company, "endpoint", "test", "infobip", "delete-persons")
    assert "is a directory" in told(company, "endpoint", "test", "corp", "users")


def test_a_call_is_shown_with_the_secret_masked(company):
    company.emulator.create({"firstName": "Ana", "externalId": "e1"})
    output = company.good("endpoint", "test", "infobip", "list-persons")
    assert "Authorization: •••" in output
    assert "demo-password" not in output
    assert "1 records; fields found" in output
    assert "  firstName" in output


@pytest.fixture
def untrusted(tmp_path):
    """The port of a TLS server with a certificate that nobody signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with socket.create_server(("127.0.0.1", 0)) as server:
        stopping = threading.Event()

        def serve():
            while not stopping.is_set():
                try:
                    client, _ = server.accept()
                except OSError:
                    return
                with client:
                    try:
                        context.wrap_socket(client, server_side=True).close()
                    except OSError:
                        continue

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        stopping.set()
        with socket.create_connection(server.getsockname()):
            pass
        thread.join(10)


def test_a_certificate_that_nobody_signed_is_told(company, untrusted):
    company.configure((company.url, f"https://localhost:{untrusted}"))
    output = told(company, "connection", "check", "infobip")
    assert "MISS  TLS" in output
    assert "certificate" in output
    assert "error: " in told(company, "plan", "staff")


def test_a_ca_file_that_is_not_there_is_told(company):
    company.configure(
        (company.url, "https://localhost:9"), ("    preset: infobip", "    preset: infobip\n    ca_file: nowhere.pem")
    )
    assert "nowhere.pem" in told(company, "plan", "staff")


def test_a_secret_that_nobody_set_is_told_when_the_configuration_is_checked(company):
    company.good("secret", "remove", "infobip-password")
    assert "keepstep secret set infobip-password" in company.run("config", "check").stderr


def test_a_password_in_the_file_is_refused_without_repeating_it(company):
    company.configure(("{secret: infobip-password}", "hunter2hunter2"))
    output = told(company, "config", "check")
    assert "{secret: NAME}" in output
    assert "hunter2" not in output


def test_a_word_that_is_no_choice_is_told_with_the_nearest_one(company):
    company.configure(("unmatched: create", "unmatched: crate"))
    assert 'did you mean "create"?' in told(company, "config", "check")
