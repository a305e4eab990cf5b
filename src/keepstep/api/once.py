"""What starts something is done once for each `Idempotency-Key`, however often it is asked for within a day."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Annotated, TypeVar

from fastapi import Depends, Header, Request
from pydantic import TypeAdapter

from keepstep.api.asker import SignedIn
from keepstep.errors import KeepstepError
from keepstep.store.answers import SqlAnswers

Given = TypeVar("Given")

Key = Annotated[
    str, Header(max_length=200, description="The same key asks for the same thing once, and is answered alike.")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """One request that starts something. *key*: empty where none was sent; *asked*: the digest of what was."""

    answers: SqlAnswers
    operator: str
    key: str
    asked: str

    async def give(self, kind: type[Given], do: Callable[[], Awaitable[Given]]) -> Given:
        """Do it, or return what came of it when this key asked for it first.

        KeyTaken if the key was used for something else, or before there is an answer. What is refused may be asked
        for again by the same key; what broke off may not, as nobody knows what was done.
        """
        if not self.key:
            return await do()
        form = TypeAdapter(kind)
        held = await asyncio.to_thread(self.answers.begin, self.operator, self.key, self.asked)
        if held is not None:
            return form.validate_json(held)
        try:
            given = await do()
        except KeepstepError:
            await asyncio.to_thread(self.answers.release, self.operator, self.key)
            raise
        await asyncio.to_thread(self.answers.keep, self.operator, self.key, form.dump_json(given).decode())
        return given


async def once_of(request: Request, asker: SignedIn, idempotency_key: Key = "") -> Once:
    """Return how often what *request* asks for may be done."""
    said = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
    asked = blake2b(said + await request.body(), digest_size=16).hexdigest()
    return Once(answers=asker.here.answers, operator=asker.operator.name, key=idempotency_key, asked=asked)


ByKey = Annotated[Once, Depends(once_of)]
