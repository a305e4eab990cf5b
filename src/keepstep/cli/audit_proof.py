"""`keepstep audit verify|key|checkpoint|anchors|archive`: the log proven, signed, brought off the box, archived."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from keepstep.cli.invocation import Invocation, at_home, run_async, with_data
from keepstep.cli.output import say, say_json, say_table, shown
from keepstep.errors import UsageError

if TYPE_CHECKING:
    from keepstep.core.audit_anchor import Anchored
    from keepstep.core.audit_checkpoint import Checkpoint
    from keepstep.usecases.archive_audit import Archive
    from keepstep.usecases.verify_audit import Proven
    from keepstep.wiring import Installation


def register_proof(group: typer.Typer) -> None:
    """Add the commands to *group*."""
    group.command("verify")(with_data(verify, server=True))
    group.command("key")(at_home(key))
    group.command("checkpoint")(with_data(checkpoint))
    group.command("anchors")(with_data(anchors))
    group.command("archive")(at_home(archive))


def verify(
    invocation: Invocation,
    exports: Annotated[list[Path] | None, typer.Argument(help="Exports, oldest first, in place of the log.")] = None,
    *,
    checkpoints: Annotated[
        list[Path] | None, typer.Option("--checkpoints", help="Checkpoints from an anchor: a file or a folder.")
    ] = None,
    public: Annotated[str, typer.Option("--key", help="For exports: the public key, or a file with it.")] = "",
) -> None:
    """Prove that no record was edited, moved or taken away; the first bad one is named."""
    from keepstep.client import audit

    if exports:
        _verify_exports(exports, checkpoints or [], public)
        return
    if public:
        raise UsageError("--key is for exports", hint="the log at home is proven with the key of its own")
    if invocation.remote and checkpoints:
        raise UsageError(
            "a server proves its log with its own checkpoints",
            hint="export the log, and prove that here: `keepstep audit export`, `keepstep audit verify FILE`",
        )
    proven, runs = invocation.either(lambda store: _proven(store, checkpoints or []), audit.proven)
    if invocation.json:
        say_json({**asdict(proven), "runs": runs})
        return
    text = f"all {proven.count:,} records are unchanged; the log ends at {proven.digest}"
    lines = [text, *([f"{proven.archived:,} of them are in the archive"] if proven.archived else [])]
    if proven.signed:
        lines.append(f"signed up to record {proven.signed:,} at {proven.signed_at}")
    if runs:
        lines.append(f"the journal says the same of {runs:,} runs")
    say(lines)


def _proven(store: "Installation", paths: list[Path]) -> "tuple[Proven, int]":
    from keepstep.usecases.verify_audit import verify_audit, verify_runs

    proven = verify_audit(store.audit, store.audit_key, [*store.checkpoints.all(), *_given(paths)])
    return proven, verify_runs(store.audit, store.journal)


def _given(paths: list[Path]) -> "list[Checkpoint]":
    from keepstep.core.audit_checkpoint import checkpoint_of

    files = [file for path in paths for file in (sorted(path.glob("*.json")) if path.is_dir() else [path])]
    try:
        texts = [file.read_text(encoding="utf-8") for file in files]
    except (OSError, UnicodeDecodeError) as exc:
        raise UsageError("the checkpoints cannot be read", hint="name a file or a folder of an anchor") from exc
    if paths and not any(text.strip() for text in texts):
        raise UsageError(
            "there are no checkpoints in what --checkpoints names", hint="it is an anchor's folder or file"
        )
    lines = [line for text in texts for line in text.splitlines() if line.strip()]
    # what a syslog server keeps has its head before the checkpoint
    return [checkpoint_of(line[max(line.find("{"), 0) :]) for line in lines]


def _verify_exports(exports: list[Path], checkpoints: list[Path], public: str) -> None:
    from keepstep.audit_verifier import BadLogError, read_checkpoints, read_key, records_of, told
    from keepstep.audit_verifier import verify as verify_records
    from keepstep.errors import AuditBroken

    if not public or not checkpoints:
        raise UsageError(
            "an export is proven with --key and --checkpoints", hint="the key: `keepstep audit key`, kept elsewhere"
        )
    try:
        signed = read_checkpoints(checkpoints, read_key(public))
        result = verify_records(records_of(exports), signed)
    except BadLogError as exc:
        raise AuditBroken(str(exc), hint="compare the export with the archive and with a backup") from exc
    except (OSError, ValueError) as exc:
        raise UsageError("the key, the checkpoints or the export cannot be read", hint=str(exc)) from exc
    say([told(result)])


def key(invocation: Invocation) -> None:
    """Print the public key that proves checkpoints: keep it where the log is verified, not here."""
    say([invocation.with_store(lambda store: store.audit_key.public)])


def checkpoint(invocation: Invocation) -> None:
    """Sign where the log ends now, and bring that to every anchor. Exit code 1 if one of them cannot be reached."""
    from keepstep.usecases.anchor_audit import anchor_due

    def work(store: "Installation") -> "tuple[Checkpoint, list[Anchored]]":
        desk = store.anchor_desk(store.configuration())
        run_async(anchor_due(desk, at_once=True))
        return store.checkpoints.newest(), [store.checkpoints.anchored(name) for name in desk.anchors]

    made, states = invocation.with_store(work)
    if invocation.json:
        say_json({"checkpoint": made, "anchors": states})
    else:
        say([f"signed: {made.count:,} records, the last is {made.digest}", *map(_told, states)])
    if any(state.problem for state in states):
        raise typer.Exit(1)


def _told(state: "Anchored") -> str:
    if state.problem:
        return shown(f"{state.anchor}: has {state.count:,}; {state.problem}")
    return shown(f"{state.anchor}: has {state.count:,}")


def anchors(invocation: Invocation) -> None:
    """List the anchors, and how far each is."""

    def work(store: "Installation") -> "list[Anchored]":
        return [store.checkpoints.anchored(name) for name in store.configuration().audit.anchors]

    states = invocation.with_store(work)
    if invocation.json:
        say_json(states)
    elif not states:
        say(["there are no anchors: whoever can write the database and reads the master key can rewrite the log"])
    else:
        rows = [
            (s.anchor, f"{s.count:,}", f"{s.at:%Y-%m-%d %H:%M:%S}" if s.at else "never", shown(s.problem))
            for s in states
        ]
        say_table(("anchor", "records", "since", "problem"), rows)


def archive(
    invocation: Invocation,
    *,
    before: Annotated[str, typer.Option("--before", help="Of before: a day, a time, or 365d.")],
    out: Annotated[Path, typer.Option("--out", help="The folder of the archive.", file_okay=False)],
) -> None:
    """Move old records to a file, with the chain intact; what is left goes on where a checkpoint signed the cut."""
    from keepstep.usecases.archive_audit import archive_audit

    def work(store: "Installation") -> "Archive | None":
        from keepstep.core.moment import moment_of
        from keepstep.store.audit_archive import FolderArchive

        now = store.clock.now()
        desk = store.anchor_desk(store.configuration())
        made = archive_audit(
            desk, store.audit, store.checkpoints, FolderArchive(out), moment_of(before, now, past=True)
        )
        if made is not None:
            detail = {"first": str(made.first), "last": str(made.last), "sha256": made.sha256}
            store.audit.add("audit_archive", made.file, detail, operator=store.settings.operator)
        return made

    made = invocation.with_store(work)
    if made is None:
        say(["there is nothing that old in the log"])
    else:
        say([shown(f"records {made.first:,} to {made.last:,} are in {out / made.file}")])
