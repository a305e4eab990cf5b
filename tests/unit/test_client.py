"""How the command line asks a server: where a token may go, where it comes from, and what a refusal is turned into."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from keepstep.client.client import Client, at
from keepstep.client.refusal import error_of, refusal
from keepstep.client.server_address import server_address
from keepstep.client.token_source import token_of
from keepstep.core.secret import Secret
from keepstep.errors import ConnectionLost, GuardTripped, KeepstepError, NotFound, ResponseInvalid, UsageError

TOKEN = "ks_test"


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "http://localhost", "http://[::1]:1", "https://a.example/b/"])
def test_a_token_goes_by_tls_or_stays_on_this_machine(url):
    assert not server_address(url).path.endswith("/")


@pytest.mark.parametrize(
    "url",
    [
        *("http://keepstep.example", "http://10.0.0.1:8080", "http://localhost.example", "http://127.0.0.1.example"),
        *("ftp://a.example", "a.example", "", "https://", "https://ana:pass@a.example", "https://a.example/?x=1"),
        "https://a.example:99999",
    ],
)
def test_an_address_that_a_token_may_not_go_to_is_refused_without_being_said_again(url):
    with pytest.raises(UsageError) as error:
        server_address(url)
    assert "pass" not in error.value.message.replace("password", "")


def test_the_token_is_taken_from_the_variable_then_the_file_then_whoever_is_asked(tmp_path):
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}-file\n")
    file.chmod(0o600)
    named = {"KEEPSTEP_TOKEN_FILE": str(file)}
    assert token_of({"KEEPSTEP_TOKEN": TOKEN, **named}, lambda: "").reveal() == TOKEN
    assert token_of(named, lambda: "").reveal() == f"{TOKEN}-file"
    assert token_of({}, lambda: "asked\n").reveal() == "asked"
    with pytest.raises(UsageError, match="there is no token"):
        token_of({}, lambda: "")
    with pytest.raises(UsageError, match="is none"):
        token_of({}, lambda: "two\nlines")


def test_a_token_that_others_may_read_is_not_used(tmp_path):
    file = tmp_path / "token"
    file.write_text(TOKEN)
    file.chmod(0o640)
    with pytest.raises(UsageError, match="others may read") as error:
        token_of({"KEEPSTEP_TOKEN_FILE": str(file)}, lambda: "")
    assert TOKEN not in str(error.value)
    with pytest.raises(UsageError, match="cannot be read"):
        token_of({"KEEPSTEP_TOKEN_FILE": str(tmp_path / "none")}, lambda: "")


def test_a_refusal_is_the_error_that_it_was_on_the_server():
    told = {"type": "urn:keepstep:problem:not_found", "detail": "there is none", "hint": "look"}
    error = refusal(404, json.dumps(told).encode())
    assert (type(error), error.message, error.hint) == (NotFound, "there is none", "look")
    assert isinstance(error_of("guard_tripped", "", ""), GuardTripped)
    assert type(error_of("of_a_later_version", "", "")) is KeepstepError
    assert type(error_of("circuit_open", "", "")) is KeepstepError
    several = {**told, "type": "urn:keepstep:problem:invalid_request"}
    several["errors"] = [{"field": "body.name", "message": "too long"}]
    assert refusal(422, json.dumps(several).encode()).message == "there is none\nbody.name: too long"
    assert isinstance(refusal(502, b"<html>"), ResponseInvalid)


def test_a_name_never_leads_to_another_route():
    assert at("plans", "../secrets?x=1#/") == "/plans/..%2Fsecrets%3Fx%3D1%23%2F"


class _Elsewhere(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        self.send_response(302 if self.path.endswith("/moved") else 200)
        self.send_header("Location", "/stolen")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"[]")

    def log_message(self, *_):
        pass


@pytest.fixture
def elsewhere():
    with ThreadingHTTPServer(("127.0.0.1", 0), _Elsewhere) as server:
        server.asked = []
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def asked(port):
    return Client(server_address(f"http://127.0.0.1:{port}/base"), Secret(TOKEN), lambda *_: None)


def test_no_redirect_is_followed_and_no_other_answer_believed(elsewhere):
    client = asked(elsewhere.server_port)
    with pytest.raises(ResponseInvalid, match="302"):
        client.read("/moved")
    with pytest.raises(ResponseInvalid, match="does not understand"):
        client.get(dict[str, str], "/other")
    assert elsewhere.asked == ["/base/api/v1/moved", "/base/api/v1/other"]


def test_a_server_that_is_not_there_is_told_without_the_token(elsewhere):
    elsewhere.shutdown()
    elsewhere.server_close()
    with pytest.raises(ConnectionLost, match="cannot be reached") as error:
        asked(elsewhere.server_port).read("/runs")
    assert TOKEN not in str(error.value)
