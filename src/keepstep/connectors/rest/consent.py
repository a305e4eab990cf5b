"""A person says yes once: the question to an authorization server, its answer, and the tokens it is exchanged for."""

from keepstep.connectors.rest.callback import wait_for_code
from keepstep.connectors.rest.fetching import CodeFetch
from keepstep.connectors.rest.tokens import Client
from keepstep.connectors.rest.transport import Transport, line_of
from keepstep.core.authorization import OAuth2CodeAuthorization
from keepstep.core.connection import RestConnection
from keepstep.core.egress import NOWHERE_ELSE, EgressSpec
from keepstep.core.oauth import authorize_address, is_loopback, read_callback
from keepstep.core.secret import Resolve
from keepstep.errors import UsageError
from keepstep.ports import Tokens


class Consent:
    """One question to the authorization server of a connection. *state* and *verifier* are random, and for this one."""

    def __init__(  # noqa: PLR0913 - what a connection is, and what it is given
        self,
        name: str,
        spec: RestConnection,
        resolve: Resolve,
        tokens: Tokens,
        *,
        random: tuple[str, str],
        egress: EgressSpec = NOWHERE_ELSE,
    ) -> None:
        if not isinstance(spec.authorization, OAuth2CodeAuthorization):
            raise UsageError(
                f'connection "{name}" has authorization of type {spec.authorization.type}, which needs no consent',
                hint="only the type oauth2_code is authorized by a person",
            )
        self._spec = spec.authorization
        self._state, self._verifier = random
        self._transport = Transport(line_of(spec, egress, resolve))
        client = Client(name=name, base_url=spec.base_url, resolve=resolve, send=self._transport.send, tokens=tokens)
        self._fetch = CodeFetch(self._spec, client)

    @property
    def random(self) -> tuple[str, str]:
        """State and verifier: what makes an answer the one to this question."""
        return self._state, self._verifier

    @property
    def callback(self) -> str:
        """The callback URL, which is to be registered at the authorization server as it stands here."""
        return self._spec.callback

    @property
    def address(self) -> str:
        """The address that a person opens to say yes."""
        return authorize_address(self._spec, state=self._state, verifier=self._verifier)

    async def wait(self, seconds: float) -> None:
        """Take the answer that a browser brings to the callback within *seconds*, and keep what it is good for."""
        if not is_loopback(self.callback):
            raise UsageError(
                f"the callback {self.callback} is not on this machine",
                hint="use --paste, or a callback such as http://127.0.0.1:8765/callback",
            )
        await self._keep(await wait_for_code(self.callback, self._code, seconds=seconds))

    async def take(self, pasted: str) -> None:
        """Take the answer in the *pasted* address that a browser was sent to, and keep what it is good for."""
        await self._keep(self._code(pasted))

    async def close(self) -> None:
        """Close the connections; may be called twice."""
        await self._transport.close()

    def _code(self, address: str) -> str:
        return read_callback(address, state=self._state)

    async def _keep(self, code: str) -> None:
        await self._fetch.exchange(code, self._verifier)
