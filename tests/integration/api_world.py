"""The server as programs and browsers call it: real HTTP, a home of its own, and a client that keeps its cookies."""

import asyncio
import http.client
import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from keepstep.api.app import make_app
from keepstep.api.server import Server
from keepstep.api.serving import Address, listen
from keepstep.api.wall import Buckets
from keepstep.core.secret import Secret
from keepstep.settings import Settings
from keepstep.wiring import Installation, opened
from keepstep.workshop import Workshop, worker_of

PASSWORD = "the quick brown fox 9"


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def data(self) -> Any:
        return json.loads(self.body)


@dataclass
class Client:
    """One browser or program: *cookies* are kept as a browser would."""

    url: str
    token: str = ""
    cookies: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, data: Any = None, *, raw: bytes | None = None, **headers: str) -> Answer:
        at = urlsplit(self.url)
        connection = http.client.HTTPConnection(at.hostname, at.port, timeout=60)
        sent = {"X-Keepstep": "1", **self.headers, **{name.replace("_", "-"): text for name, text in headers.items()}}
        sent = {name: text for name, text in sent.items() if text}
        body = raw
        if data is not None:
            body, sent["Content-Type"] = json.dumps(data).encode(), "application/json"
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            connection.request(method, path if path.startswith("/healthz") else _full(path), body, sent)
            answer = connection.getresponse()
            given = {name.lower(): value for name, value in answer.getheaders()}
            for name, value in answer.getheaders():
                if name.lower() == "set-cookie":
                    self._take(value)
            return Answer(answer.status, given, answer.read())
        finally:
            connection.close()

    def _take(self, cookie: str) -> None:
        name, _, value = cookie.partition(";")[0].partition("=")
        if value.strip('"'):
            self.cookies[name] = value
        else:
            self.cookies.pop(name, None)

    def good(self, method: str, path: str, data: Any = None, **headers: str) -> Any:
        answer = self.ask(method, path, data, **headers)
        assert answer.status < 300, answer.body
        return answer.data if answer.body else None

    def bad(self, status: int, method: str, path: str, data: Any = None, **headers: str) -> Any:
        answer = self.ask(method, path, data, **headers)
        assert answer.status == status, (answer.status, answer.body)
        assert answer.headers["content-type"] == "application/problem+json"
        return answer.data

    def get(self, path: str, **query: Any) -> Any:
        return self.good("GET", f"{path}?{urlencode(query)}" if query else path)

    def sign_in(self, name: str, password: str = PASSWORD, **more: str) -> "Client":
        self.good("POST", "/session", {"name": name, "password": password, **more})
        return self


def _full(path: str) -> str:
    return path if path.startswith(("/api", "/readyz", "/metrics", "/nix")) else f"/api/v1{path}"


@dataclass
class World:
    """A server that answers. *store*: the same home, for what a test looks at beside the API."""

    url: str
    store: Installation
    server: Server

    def client(self, **given: Any) -> Client:
        return Client(self.url, **given)

    def operator(self, name: str, *roles: str) -> Client:
        """Add an operator with a password, and return a client that is signed in as them."""
        from keepstep.core.operator import GivenRole, Operator
        from keepstep.usecases.manage_operators import choose_password

        desk = self.store.identity.desk
        given = tuple(GivenRole(role=role) for role in roles)
        made = desk.add(Operator(name=name, roles=given, created=self.store.clock.now()))
        choose_password(desk, desk.invite(made.name), Secret(PASSWORD))
        return self.client().sign_in(name)

    def token(self, name: str, *roles: str, **limits: Any) -> Client:
        """Add a service, and return a client that has a token of it."""
        from datetime import timedelta

        from keepstep.core.operator import GivenRole, Operator, OperatorKind

        desk = self.store.identity.desk
        given = tuple(GivenRole(role=role) for role in roles)
        now = self.store.clock.now()
        desk.add(Operator(name=name, kind=OperatorKind.SERVICE, roles=given, created=now))
        _, token = desk.make_token("tests", name, rights=limits.get("rights"), lasts=timedelta(days=1))
        return self.client(token=token.reveal())


@contextmanager
def serving(
    home, *, worker: bool = False, database_url: str = "", buckets: Buckets | None = None, patience: float = 10.0
):
    """Give a server of *home* that answers on a port of its own; with *worker* it does work too."""
    settings = Settings(home=home, operator="root", database_url=database_url, worker="tests")
    started, failed = threading.Event(), []
    held: dict[str, Any] = {}

    async def run() -> None:
        held["loop"], held["stop"] = asyncio.get_running_loop(), asyncio.Event()
        shop = Workshop(held["store"], heeded=False)
        held["server"] = Server(installation=held["store"], shop=shop, secrets=[], stop=held["stop"])

        def ready(url: str) -> None:
            held["url"] = url
            started.set()

        async with asyncio.TaskGroup() as group:
            if worker:
                group.create_task(work())
            app = make_app(held["server"], buckets=buckets)
            group.create_task(listen(app, Address(port=0, patience=patience), held["stop"], ready))

    async def work() -> None:
        async with worker_of(held["store"], lambda _: None) as one:
            await one.run(held["stop"])

    def main() -> None:
        try:
            with opened(settings) as store:
                held["store"] = store
                asyncio.run(run())
        except BaseException as error:  # noqa: BLE001 - told to the test that waits
            failed.append(error)
        finally:
            started.set()

    thread = threading.Thread(target=main)
    thread.start()
    try:
        assert started.wait(60)
        if failed:
            raise failed[0]
        yield World(held["url"], held["store"], held["server"])
    finally:
        if "loop" in held and not failed:
            held["loop"].call_soon_threadsafe(held["stop"].set)
        thread.join(60)
        if "server" in held:
            held["server"].demo.close()
        if failed:
            raise failed[0]
