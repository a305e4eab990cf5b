"""The files of the console, as the server gives them to a browser."""

from http import HTTPStatus

from keepstep.api.console import Console


async def asked(console, path):
    """Return the status and the content of what *console* answers."""
    sent = []

    async def send(message):
        sent.append(message)

    await console({"type": "http", "method": "GET", "path": path, "headers": []}, None, send)
    return sent[0]["status"], b"".join(one.get("body", b"") for one in sent[1:])


async def test_a_file_that_went_away_by_an_update_is_not_there_any_more(tmp_path):
    part = tmp_path / "assets" / "part-1.js"
    part.parent.mkdir()
    part.write_text("export {}")
    console = Console(app=None, files=tmp_path)
    assert await asked(console, "/assets/part-1.js") == (HTTPStatus.OK, b"export {}")
    part.unlink()
    status, body = await asked(console, "/assets/part-1.js")
    assert status == HTTPStatus.NOT_FOUND
    assert b"nothing at this address any more" in body


async def test_nothing_outside_of_the_files_is_given(tmp_path):
    (tmp_path / "secret").write_text("a secret")
    (tmp_path / "files" / "assets").mkdir(parents=True)
    status, body = await asked(Console(app=None, files=tmp_path / "files"), "/assets/../../secret")
    assert status == HTTPStatus.NOT_FOUND
    assert b"a secret" not in body
