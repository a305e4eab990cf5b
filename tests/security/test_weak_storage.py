"""Weak storage of secrets: somebody has a copy of the database, and tries to get passwords out of it."""

import base64
import re
import sqlite3

from keepstep.store.key_source import create_master_key

PASSWORD = "s3cr3t-of-the-application"


def dumped(home):
    """All that is in the database and in every other file of the home but the key."""
    with sqlite3.connect(home / "keepstep.db") as database:
        text = "\n".join(database.iterdump())
    files = [path for path in home.rglob("*") if path.is_file() and path.name != "master.key"]
    return text.encode() + b"".join(path.read_bytes() for path in files)


def forms(text):
    """The ways a text could stand somewhere and be read back without a key."""
    raw = text.encode()
    return [
        raw,
        raw[::-1],
        base64.b64encode(raw)[:-4],
        raw.hex().encode(),
        base64.b32encode(raw)[:16],
        text.encode("utf-16-le"),
    ]


def test_a_copy_of_the_database_tells_no_secret(cli):
    cli.good("secret", "set", "app", text=f"{PASSWORD}\n")
    cli.good("secret", "set", "same", text=f"{PASSWORD}\n")
    content = dumped(cli.home)
    assert [form for form in forms(PASSWORD) if form in content] == []
    with sqlite3.connect(cli.home / "keepstep.db") as database:
        sealed = [row[0] for row in database.execute("SELECT sealed FROM secrets")]
    assert len(sealed) == len(set(sealed)) == 2, "the same text is sealed differently each time"


def test_the_key_is_nowhere_in_what_it_seals(cli):
    cli.good("secret", "set", "app", text=f"{PASSWORD}\n")
    key = (cli.home / "master.key").read_text().strip()
    content = dumped(cli.home)
    for part in re.findall(r"[A-Za-z0-9+/=]{40,}", key):
        assert part.encode() not in content
        assert base64.b64decode(part) not in content


def test_another_key_opens_nothing(company):
    (company.home / "master.key").unlink()
    create_master_key(company.home / "master.key")
    result = company.run("connection", "check", "infobip")
    assert result.exit_code == 1
    assert "infobip-password" in result.output
    assert "demo-password" not in result.output


def test_a_sealed_secret_put_in_the_place_of_another_does_not_open(company):
    company.good("secret", "set", "other", text="text-of-another\n")
    with sqlite3.connect(company.home / "keepstep.db") as database:
        database.execute(
            "UPDATE secrets SET sealed = (SELECT sealed FROM secrets WHERE name = 'other') WHERE name = 'infobip-password'"
        )
    result = company.run("connection", "check", "infobip")
    assert result.exit_code == 1
    assert "text-of-another" not in result.output
