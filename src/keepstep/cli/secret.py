"""`keepstep secret`: passwords and keys, read from a prompt or the standard input, never from an argument."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from keepstep.cli.invocation import Invocation, at_home, with_data
from keepstep.cli.output import Line, say, say_json, shown, tell
from keepstep.errors import UsageError

if TYPE_CHECKING:
    from keepstep.client.client import Client
    from keepstep.store.key_change import KeyChange
    from keepstep.store.key_loss import KeyLoss
    from keepstep.store.vault import KeptSecret
    from keepstep.wiring import Installation

Name = Annotated[str, typer.Argument(help="The name that the configuration refers to.")]


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    group = typer.Typer(help="Passwords and keys, kept sealed.", no_args_is_help=True)
    group.command("set")(at_home(set_secret, server=True))
    group.command("list")(with_data(list_secrets, server=True))
    group.command("remove")(at_home(remove, server=True))
    group.command("rotate-key")(with_data(rotate_key))
    group.command("forget-key")(at_home(forget_key))
    group.command("give-up")(at_home(give_up))
    app.add_typer(group, name="secret")


def set_secret(invocation: Invocation, name: Name) -> None:
    """Keep a secret: asks for it on a terminal, else takes the first line of the standard input, or a key in PEM."""
    from keepstep.client.client import at
    from keepstep.core.secret import Secret
    from keepstep.usecases.keep_secret import keep_secret

    if invocation.remote:
        invocation.with_server(lambda _: None)  # where both are piped in, the token is the first line
    text = _asked(name) if sys.stdin.isatty() else _given()
    secret = Secret(text)
    invocation.secrets.append(secret)

    def work(installation: "Installation") -> None:
        keep_secret(installation.vault, installation.audit, name, secret, by=installation.authority)

    def there(client: "Client") -> None:
        client.send("PUT", at("secrets", name), {"secret": secret.reveal()})

    invocation.either(work, there)
    say([f'secret "{name}" is kept'])


def _given() -> str:
    """Return the first line of the standard input; of a key in PEM, which is many lines, all of them."""
    lines = [sys.stdin.readline()]
    if lines[0].startswith("-----BEGIN "):
        while lines[-1] and not lines[-1].startswith("-----END "):
            lines.append(sys.stdin.readline())
    return "".join(lines).rstrip("\r\n")


def _asked(name: str) -> str:
    first = typer.prompt(f"{name} (not shown)", hide_input=True, err=True)
    if typer.prompt("again", hide_input=True, err=True) != first:
        raise UsageError("the two inputs differ", hint="run the command again; nothing was kept")
    return str(first)


def list_secrets(invocation: Invocation) -> None:
    """List the names of the secrets, and which cannot be opened; what they hold is never shown."""
    from keepstep.store.vault import KeptSecret

    def work(installation: "Installation") -> "tuple[list[KeptSecret], int]":
        return installation.vault.listed(), installation.first_passwords.lost()

    def there(client: "Client") -> "tuple[list[KeptSecret], int]":
        return client.get(list[KeptSecret], "/secrets"), client.get(int, "/lost-first-passwords")

    secrets, passwords = invocation.either(work, there)
    if invocation.json:
        say_json({"secrets": secrets, "lost_first_passwords": passwords})
        return
    say([line for one in secrets for line in _told(one)] or ["no secrets are kept yet: `keepstep secret set NAME`"])
    if passwords:
        say([Line(f"LOST  {passwords} first passwords cannot be opened: set others in the directory", "bad")])


def _told(secret: "KeptSecret") -> "Iterator[Line]":
    from keepstep.store.vault import owner

    belongs = f"  (the authorization of connection {owner(secret.name)})" if owner(secret.name) else ""
    belongs = "  (of Keepstep itself)" if secret.name.startswith("keepstep:") else belongs
    if not secret.problem:
        yield Line(f"{secret.name}{belongs}")
        return
    yield Line(f"{secret.name}{belongs}  LOST: {shown(secret.problem)}", "bad")
    yield Line(f"  {shown(secret.remedy)}")


def remove(invocation: Invocation, name: Name) -> None:
    """Forget a secret."""
    from keepstep.client.client import at
    from keepstep.usecases.keep_secret import forget_secret

    def work(installation: "Installation") -> None:
        forget_secret(installation.vault, installation.audit, name, by=installation.authority)

    def there(client: "Client") -> None:
        client.send("DELETE", at("secrets", name))

    invocation.either(work, there)
    say([f'secret "{name}" is forgotten'])


def rotate_key(
    invocation: Invocation,
    *,
    prepare: Annotated[
        bool, typer.Option("--prepare", help="Only make the new key: it is brought into use by the next call.")
    ] = False,
) -> int:
    """Bring a new master key into use, and seal everything with it.

    Nothing stands still meanwhile. What was interrupted is gone on with. Exit code 1 if something cannot be opened.
    """
    if prepare:
        return _prepare(invocation)
    invocation.stopped = "run the command again: it goes on where it stopped"

    def work(installation: "Installation") -> "KeyChange":
        change = installation.master_key_desk.rotate()
        detail = {"key": change.key, "sealed": str(change.sealed), "lost": str(len(change.lost))}
        installation.audit.add("master_key_change", "master key", detail, operator=installation.settings.operator)
        return change

    change = invocation.with_store(work)
    if invocation.json:
        say_json(change)
    else:
        how = "is in use" if change.began else "was in use already: a change that was interrupted has ended"
        say([f"master key {change.key} {how}; sealed with it anew: {change.sealed:,}"])
        say([Line(f"LOST  {shown(text)} cannot be opened with any key at hand", "bad") for text in change.lost])
        say(["the old keys still open what they sealed: `keepstep secret forget-key` forgets them"])
    return 1 if change.lost else 0


def _prepare(invocation: Invocation) -> int:
    where, key = invocation.with_store(
        lambda installation: (installation.vault.keys.source.where, installation.master_key_desk.prepare())
    )
    if invocation.json:
        say_json({"prepared": key})
    else:
        say([f"{where} holds the new key {key}, with which nothing is sealed yet"])
        say(["bring it to every machine, then `keepstep secret rotate-key`"])
    return 0


def forget_key(
    invocation: Invocation,
    *,
    at_once: Annotated[
        bool, typer.Option("--at-once", help="Links to approve from before the change need not be good any longer.")
    ] = False,
) -> None:
    """Forget the master keys that were replaced, once nothing needs them."""

    def work(installation: "Installation") -> tuple[tuple[str, ...], str]:
        keys, source = installation.master_key_desk.forget(at_once=at_once), installation.vault.keys.source
        if keys:
            operator = installation.settings.operator
            installation.audit.add("master_key_forget", "master key", {"keys": ", ".join(keys)}, operator=operator)
        return keys, "" if source.keeps else source.where

    keys, by_hand = invocation.with_store(work)
    if keys and by_hand:
        say([f"nothing needs {', '.join(keys)} any more: take what is before the last key out of the {by_hand}"])
    else:
        say([f"forgotten: master key {key}" for key in keys] or ["there is no old master key"])


def give_up(
    invocation: Invocation,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
) -> None:
    """Give up what a lost master key sealed and nobody can enter again, so that nothing waits for it.

    That is first passwords, requests for approval that cannot be proven any more, and the key of the audit log, of
    which another is made. Secrets stay listed until they are set anew.
    """

    def work(installation: "Installation") -> None:
        desk = installation.key_loss_desk
        loss = desk.found()
        if not loss.any:
            say(["nothing is lost that has to be given up"])
            return
        tell(Line(line, "bad") for line in _lost(loss))
        _agreed(yes=yes)
        desk.give_up(operator=installation.settings.operator)
        say(["given up; the audit log says what"])

    invocation.with_store(work)


def _lost(loss: "KeyLoss") -> "Iterator[str]":
    if loss.first_passwords:
        yield f"{loss.first_passwords} first passwords: set others in the directory"
    yield from (f"request for approval {request}, with its votes: ask anew" for request in loss.requests)
    if loss.audit_key:
        yield "the key of the audit log: what it signed is proven by the public key that you kept, and the anchors"


def _agreed(*, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError("giving up asks first", hint="say --yes; a key that comes back opens none of this any more")
    typer.confirm("Give all of this up? A key that comes back opens none of it any more.", abort=True, err=True)
