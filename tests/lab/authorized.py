"""A small application behind an authorization: two pages of users for who proves himself, and tokens for who asks.

Its OAuth 2.0 endpoints hold to RFC 6749 (sections are named where they decide) and RFC 7636.
"""

from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from urllib.parse import unquote_plus, urlencode

from tests.lab.recording import Recorded, Recording, Reply

CLIENT = "keepstep:client id"
CLIENT_SECRET = "plant-Client=secret&7 %/+"
CALLBACK = "http://127.0.0.1:8765/callback"


@dataclass
class Clock:
    """A time that moves only when it is told to."""

    moment: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def forward(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@dataclass
class AuthorizedApplication:
    """Answers for a recording server. *proven*: whether a request for users proves itself."""

    proven: Callable[[Recorded], bool]
    expires_in: object = 3600
    rotates: bool = True
    gives_refresh: bool = True
    token_type: str = "Bearer"
    refusing: str = ""
    good: set[str] = field(default_factory=set)
    refresh: set[str] = field(default_factory=set)
    codes: dict[str, tuple[str, str]] = field(default_factory=dict)
    numbers: count = field(default_factory=lambda: count(1))
    server: Recording | None = None

    def __call__(self, request: Recorded) -> Reply:
        match request.path:
            case "/users":
                return self.users(request)
            case "/oauth/authorize":  # whoever opens it says yes
                return Reply({}, 302, {"Location": self.consent(dict(request.query))})
            case "/oauth/token":
                return self.oauth(request)
            case "/login":
                return self.login(request)
            case _:
                return Reply({"error": "not found"}, 404)

    def users(self, request: Recorded) -> Reply:
        if not self.proven(request):
            return Reply({"message": "who are you?"}, 401)
        page = dict(request.query).get("page", "1")
        if page == "1":
            # As many do, the next page is given with everything that the request had, the key too.
            query = urlencode([*((name, value) for name, value in request.query if name != "page"), ("page", "2")])
            return Reply({"users": [{"id": "1", "name": "Ana"}], "next": f"{self.server.url}/users?{query}"})
        return Reply({"users": [{"id": "2", "name": "Ivo"}]})

    def bearer(self, request: Recorded) -> bool:
        (value,) = request.all("authorization")
        scheme, _, token = value.partition(" ")
        return scheme == "Bearer" and token in self.good

    def open_token(self) -> str:
        token = f"plant-access-token-{next(self.numbers)}-Zq"
        self.good.add(token)
        return token

    def forget_tokens(self) -> None:
        self.good.clear()

    def login(self, request: Recorded) -> Reply:
        token = self.open_token()
        return Reply({"data": {"accessToken": token, "expires": self.expires_in}})

    def consent(self, asked: dict[str, str], *, code: str = "plant-one-time-code-Xy1") -> str:
        """Return where a browser is sent after somebody said yes (4.1.2)."""
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        self.codes[code] = (asked["redirect_uri"], asked["code_challenge"])
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def oauth(self, request: Recorded) -> Reply:
        """The token endpoint, 3.2: POST only, parameters once, in the body."""
        assert request.method == "POST"
        assert request.query == ()
        assert request.header("content-type") == "application/x-www-form-urlencoded"
        form = request.form
        if self.refusing:
            return Reply({"error": self.refusing, "error_description": f"refused: {request.body.decode()}"}, 400)
        if not self._is_client(request, form):
            return Reply({"error": "invalid_client"}, 401, {"WWW-Authenticate": "Basic"})
        match form["grant_type"]:
            case "client_credentials":
                return self._tokens(refresh=False)
            case "authorization_code":
                return self._exchanged(form)
            case "refresh_token":
                if form["refresh_token"] not in self.refresh:
                    return Reply({"error": "invalid_grant"}, 400)
                if self.rotates:
                    self.refresh.remove(form["refresh_token"])
                return self._tokens(refresh=self.rotates)
            case _:
                return Reply({"error": "unsupported_grant_type"}, 400)

    def _is_client(self, request: Recorded, form: dict[str, str]) -> bool:
        """2.3.1: one way of proving, never both; id and secret are encoded before Base64."""
        headers = request.all("authorization")
        if headers:
            assert "client_secret" not in form
            scheme, _, proof = headers[0].partition(" ")
            name, _, secret = b64decode(proof).decode().partition(":")
            return scheme == "Basic" and (unquote_plus(name), unquote_plus(secret)) == (CLIENT, CLIENT_SECRET)
        return form["client_id"] == CLIENT and form.get("client_secret", CLIENT_SECRET) == CLIENT_SECRET

    def _exchanged(self, form: dict[str, str]) -> Reply:
        """4.1.3: a code is good once, for the redirect URI it was given for; RFC 7636 4.6: and for the verifier."""
        redirect, challenge = self.codes.pop(form["code"], ("", ""))
        proof = urlsafe_b64encode(sha256(form["code_verifier"].encode()).digest()).decode().rstrip("=")
        if (form["redirect_uri"], proof) != (redirect, challenge) or not 43 <= len(form["code_verifier"]) <= 128:
            return Reply({"error": "invalid_grant"}, 400)
        return self._tokens(refresh=self.gives_refresh)

    def _tokens(self, *, refresh: bool) -> Reply:
        """5.1."""
        body: dict[str, object] = {"access_token": self.open_token(), "token_type": self.token_type}
        if self.expires_in is not None:
            body["expires_in"] = self.expires_in
        if refresh:
            token = f"plant-refresh-token-{next(self.numbers)}-Kw"
            self.refresh.add(token)
            body["refresh_token"] = token
        return Reply(body, 200, {"Cache-Control": "no-store"})
