"""A mail server of one's own: SMTP over a socket, with what was sent to it."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class MailServer:
    """Takes mail. *answers*: what is said to a command instead of yes, by its first word. *mails*: what came."""

    port: int = 0
    answers: dict[str, str] = field(default_factory=dict)
    mails: list[str] = field(default_factory=list)
    receivers: list[list[str]] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Talk with one client to the end."""
        try:
            await self.talk(reader, writer)
        except (asyncio.CancelledError, ConnectionError):
            pass
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def say(line: str) -> None:
            writer.write(f"{line}\r\n".encode())
            await writer.drain()

        await say("220 here")
        receivers: list[str] = []
        while line := (await reader.readline()).decode().strip():
            word = line.split(" ", 1)[0].upper()
            if word == "RCPT":
                receivers.append(line)
            if word in self.answers:
                await say(self.answers[word])
            elif word == "DATA":
                await say("354 go on")
                data = (await reader.readuntil(b"\r\n.\r\n")).decode()
                self.mails.append(data)
                self.receivers.append(receivers)
                await say("250 taken")
            elif word == "QUIT":
                await say("221 bye")
                break
            else:
                await say("250 yes")


@contextmanager
def mail_server(**answers: str) -> Iterator[MailServer]:
    """A mail server in a thread of its own; *answers* are what it says to a command instead of yes."""
    told = MailServer(answers=answers)
    loop = asyncio.new_event_loop()
    ready = threading.Event()
    stop = asyncio.Event()

    async def run() -> None:
        server = await asyncio.start_server(told.serve, "127.0.0.1", 0)
        told.port = server.sockets[0].getsockname()[1]
        ready.set()
        await stop.wait()
        server.close()
        clients = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in clients:
            task.cancel()
        await asyncio.gather(*clients, return_exceptions=True)

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()))
    thread.start()
    assert ready.wait(10)
    try:
        yield told
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()
