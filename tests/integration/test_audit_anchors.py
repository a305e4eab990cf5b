"""Checkpoints are signed and brought off the box: to a folder, a syslog server over TLS, an HTTPS address."""

import asyncio
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import BaseRequestHandler, ThreadingTCPServer

import pytest
import yaml

from keepstep.core.audit import AuditFilter
from keepstep.core.secret import Secret
from keepstep.errors import AuditBroken
from keepstep.usecases.anchor_audit import anchor_due
from tests.integration.test_automations import serve
from tests.lab.certificates import certificate_for
from tests.lab.loopback import ALLOWED


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return certificate_for(tmp_path_factory.mktemp("tls"), "siem.example")


@contextmanager
def running(server):
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def syslog_server(context):
    """A syslog server over TLS; gives its port, and the bytes of each connection."""
    received = []

    class Handler(BaseRequestHandler):
        def handle(self):
            content = b""
            while chunk := self.request.recv(4096):
                content += chunk
            received.append(content)

    class Server(ThreadingTCPServer):
        daemon_threads = False
        allow_reuse_address = True

        def get_request(self):
            connection, address = super().get_request()
            return context.wrap_socket(connection, server_side=True), address

        def handle_error(self, request, client_address):
            received.append(b"error")

    with running(Server(("127.0.0.1", 0), Handler)) as port:
        yield port, received


@contextmanager
def https_server(context, statuses):
    """An HTTPS server that answers with *statuses*, the last again and again; gives its port and what it got."""
    received = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append((self.path, dict(self.headers), json.loads(body)))
            self.send_response(statuses.pop(0) if len(statuses) > 1 else statuses[0])
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with running(server) as port:
        yield port, received


def anchors(runs, every="1s", **specs):
    """Have these anchors in the configuration."""
    whole = {"version": 1, "egress": ALLOWED, "audit": {"every": every, "anchors": specs}}
    (runs.home / "keepstep.yaml").write_text(yaml.safe_dump(whole, sort_keys=False))


def note(store, number=1):
    for _ in range(number):
        store.audit.add("ignore", "staff", {"run": "r"}, operator="ivana")


def anchored(store, name):
    return store.checkpoints.anchored(name)


def bring(store):
    return asyncio.run(anchor_due(store.anchor_desk(store.configuration()), at_once=True))


def share(runs, name="share"):
    folder = runs.home / name
    folder.mkdir()
    return folder


def test_each_kind_of_anchor_gets_the_checkpoint(runs, certificate):
    cert, context = certificate
    folder = share(runs)
    with syslog_server(context) as (port, received), https_server(context, [204]) as (web, posted):
        anchors(
            runs,
            share={"kind": "folder", "folder": "share"},
            siem={"kind": "syslog", "host": "127.0.0.1", "port": port, "ca_file": cert},
            notary={
                "kind": "https",
                "url": f"https://127.0.0.1:{web}/in",
                "token": {"secret": "notary-token"},
                "ca_file": cert,
            },
        )
        with runs.open() as store:
            store.vault.set("notary-token", Secret("not-for-anybody"))
            note(store, 3)
            assert bring(store) == 3
            newest = store.checkpoints.newest()
            assert (newest.head, newest.key) == (store.audit.head(), store.audit_key.id)
            assert bring(store) == 0, "what is there is not sent again"
    (file,) = folder.iterdir()
    kept = json.loads(file.read_text())
    assert kept["count"] == newest.count
    (frame,) = received
    length, _, message = frame.partition(b" ")
    assert int(length) == len(message)
    head, _, content = message.decode().partition(" - ")
    assert head.startswith(f"<109>1 {newest.at} ")
    assert json.loads(content) == kept
    ((path, headers, body),) = posted
    assert (path, headers["Authorization"], body) == ("/in", "Bearer not-for-anybody", kept)


def test_an_anchor_that_fails_is_told_once_and_gets_the_newest_when_it_is_back(runs, certificate):
    cert, context = certificate
    with https_server(context, [503, 403, 200]) as (web, posted):
        anchors(
            runs,
            notary={
                "kind": "https",
                "url": f"https://127.0.0.1:{web}/in",
                "ca_file": cert,
            },
        )
        with runs.open() as store:
            note(store)
            assert bring(store) == 0
            first = anchored(store, "notary")
            assert (first.count, first.failures) == (0, 1)
            assert "HTTP 503" in first.problem
            desk = store.anchor_desk(store.configuration())
            assert asyncio.run(anchor_due(desk)) == 0
            assert len(posted) == 1, "it is left in peace for a while"
            assert bring(store) == 0
            assert "token" in anchored(store, "notary").problem
            assert bring(store) == 1
            assert anchored(store, "notary").count == store.checkpoints.newest().count
            actions = [entry.action for entry in store.audit.entries(limit=1000)]
            assert (actions.count("anchor_failed"), actions.count("anchor_mended")) == (1, 1)


def test_a_share_that_is_not_mounted_is_never_taken_for_an_empty_one(runs):
    anchors(runs, share={"kind": "folder", "folder": "share"})
    with runs.open() as store:
        note(store)
        assert bring(store) == 0
        assert "is not there" in anchored(store, "share").problem
    assert not (runs.home / "share").exists()


def test_a_checkpoint_that_is_there_is_never_written_over(runs):
    folder = share(runs)
    anchors(runs, share={"kind": "folder", "folder": "share"})
    with runs.open() as store:
        note(store)
        count = store.audit.head().count
        file = folder / f"checkpoint-{count:012}.json"
        file.write_text("of another log\n")
        assert bring(store) == 0
        assert "holds another checkpoint" in anchored(store, "share").problem
    assert file.read_text() == "of another log\n"


def test_a_syslog_server_nobody_vouches_for_gets_nothing(runs, certificate):
    _, context = certificate
    with syslog_server(context) as (port, received):
        anchors(runs, siem={"kind": "syslog", "host": "127.0.0.1", "port": port})
        with runs.open() as store:
            note(store)
            assert bring(store) == 0
            assert "certificate" in anchored(store, "siem").problem
    assert [content for content in received if content.strip(b"error")] == []


def test_a_log_that_was_made_anew_is_not_signed(runs):
    share(runs)
    anchors(runs, share={"kind": "folder", "folder": "share"})
    with runs.open() as store:
        note(store, 3)
        assert bring(store) == 1
        signed = store.checkpoints.newest()
        note(store)
        with store.database.write() as connection:
            from sqlalchemy import text

            connection.execute(text(f"UPDATE audit SET operator = 'nobody' WHERE sequence = {signed.count + 1}"))
        with pytest.raises(AuditBroken, match=f"record {signed.count + 1} was altered"):
            bring(store)
        assert store.checkpoints.newest() == signed


def test_the_worker_anchors_by_itself(runs):
    folder = share(runs)
    anchors(runs, share={"kind": "folder", "folder": "share"})
    with runs.open() as store:
        note(store)
    serve(runs, lambda _: list(folder.glob("checkpoint-*.json")))
    (line,) = next(iter(sorted(folder.glob("checkpoint-*.json")))).read_text().splitlines()
    assert json.loads(line)["count"] >= 1


def test_every_process_signs_with_the_same_key(runs):
    with runs.open() as store, runs.open() as other:
        assert store.audit_key.public == other.audit_key.public
        content = b"what was signed"
        assert other.audit_key.signed(content, store.audit_key.sign(content))
        assert not other.audit_key.signed(b"another", store.audit_key.sign(content))
        assert not other.audit_key.signed(content, "no signature")


def test_a_worker_without_anchors_signs_nothing(runs):
    anchors(runs)
    with runs.open() as store:
        note(store)
        assert asyncio.run(anchor_due(store.anchor_desk(store.configuration()))) == 0
        assert store.checkpoints.newest().count == 0


def test_all_that_a_worker_notes_of_a_run_shares_its_id_and_leads_to_who_began_it(runs):
    runs.template({"greet": {"webhook": "app.greet", "next": "good"}, "good": {"end": "success"}})
    run = runs.run()
    with runs.open() as store:
        began, *worked = store.audit.entries(chosen=AuditFilter(correlation=run.id))
    assert (began.action, began.subject) == ("run_template", run.id)
    assert "run_ended" in [entry.action for entry in worked]
    assert {entry.correlation for entry in worked} == {run.id}
    assert began.correlation not in {"", run.id}
