"""CSV to rows: encoding and separator are found out, lines are told, and nothing that is cut looks whole."""

import pytest

from keepstep.core.csv_rows import MOST_COLUMNS, CsvForm, Encoding, csv_rows, encoding_of, read_csv
from keepstep.core.table_rows import Row
from keepstep.errors import InvalidTable

UTF8 = Encoding(name="utf-8", because="as configured")


def rows(text, *, separator=",", size=7):
    body = text.encode()
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    return [(row.line, list(row.cells)) for row in csv_rows(pieces, CsvForm(encoding=UTF8, separator=separator))]


def named(body, **how):
    table = read_csv(body if isinstance(body, bytes) else body.encode(), **how)
    return [table.header.named(row) for row in table.rows]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_every_line_end_is_one_wherever_the_pieces_are_cut(end, size):
    text = end.join(["id,name", '1,"Ana ""An"" Kovač"', '2,"two', 'lines"', "", "3,x"]) + end
    assert rows(text, size=size) == [
        (1, ["id", "name"]),
        (2, ["1", 'Ana "An" Kovač']),
        (3, ["2", f"two{end}lines"]),
        (5, []),
        (6, ["3", "x"]),
    ]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ('id\n1\n"2\n3\n', "the row at line 3: a quote is opened and never closed"),
        ('id\n"1"x\n', "the row at line 2: there is text after a closing quote"),
        ("id\n" + "x" * 140_000 + "\n", "the row at line 2: a cell has more than 131072 characters"),
        ("id\n" + "," * MOST_COLUMNS + "\n", "line 2 has 1001 cells, at most 1000 are read"),
    ],
)
def test_what_cannot_be_a_row_is_refused_with_its_line(text, wrong):
    with pytest.raises(InvalidTable, match=wrong):
        rows(text, size=1000)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found_out(separator):
    lines = [separator.join(cells) for cells in (["id", "name"], ["1", '"Kovač, Ana; dr|x"'], ["2", "Ivo"])]
    assert named("\n".join(lines)) == [{"id": "1", "name": "Kovač, Ana; dr|x"}, {"id": "2", "name": "Ivo"}]


def test_headers_that_must_be_there_tell_the_separator_best():
    text = "a,b,c;id\n1,2,3;x\n4,5,6;y\n"
    assert read_csv(text.encode()).form.separator == ","
    assert read_csv(text.encode(), wanted=("id",)).form.separator == ";"


def test_one_column_whose_values_hold_commas_is_one_column():
    assert named("dn\nCN=Ana,DC=corp\nCN=Ivo,OU=x,DC=corp\n") == [
        {"dn": "CN=Ana,DC=corp"},
        {"dn": "CN=Ivo,OU=x,DC=corp"},
    ]


def test_a_row_that_is_longer_than_the_others_does_not_change_the_separator():
    with pytest.raises(InvalidTable, match="line 3 has 3 cells, the header in line 1 has 2"):
        named("id;name\n1;a\n2;b;c\n3;a,b\n")


def test_the_line_that_tells_a_spreadsheet_the_separator_is_no_row():
    assert named("sep=|\nid|name\n1|a\n") == [{"id": "1", "name": "a"}]


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("utf-8-sig", "utf-8 (it has a byte order mark), cells separated by semicolons"),
        ("utf-16", "utf-16 (it has a byte order mark), cells separated by semicolons"),
        ("utf-8", "utf-8 (every byte fits), cells separated by semicolons"),
    ],
)
def test_unicode_is_recognised(encoding, told):
    body = "id;name\n1;Žižić Đurđa\n".encode(encoding)
    assert str(read_csv(body).form) == told
    assert named(body) == [{"id": "1", "name": "Žižić Đurđa"}]


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("cp1250", "Đurđa Žižić;Škoda Čović;Ivan Šimić;Željka Đerđ;Kovačević Anđa;Općina Šibenik"),
        ("cp1251", "Анна Иванова;Пётр Сергеев;Мария Петрова;Отдел продаж;Бухгалтерия;Склад"),
        ("cp1252", "Jürgen Müller;Zoë Größe;Käthe Weiß;Jörg Schäfer;Übung Straße;Büro München"),
    ],
)
def test_a_code_page_is_guessed_and_said_to_be_a_guess(page, names):
    body = ("id;name\n" + "".join(f"{n};{name}\n" for n, name in enumerate(names.split(";")))).encode(page)
    table = read_csv(body)
    assert [row.cells[1] for row in table.rows] == names.split(";")
    assert table.form.encoding.guessed
    assert "a guess" in str(table.form)


def test_an_accent_far_down_is_still_seen():
    plain = b"1;a\n" * 100_000
    body = b"id;name\n" + plain + "2;Žižić\n".encode()
    assert read_csv(body).form.encoding.because == "every byte fits"
    assert encoding_of([b"id;name\n", plain, "2;Müller Größe übung\n".encode("cp1252")]).guessed


def test_a_character_cut_at_the_end_is_no_whole_text():
    for names in ("José García", "Žiži", "Jürgen Müller"):
        body = f"id;name\n1;{names}\n2;{names}ć".encode()[:-1]
        with pytest.raises(InvalidTable, match="after line 2 there are bytes that are not utf-8"):
            list(named(body))
    with pytest.raises(InvalidTable, match="after line 1 there are bytes that are not utf-8"):
        list(named("id\n1Ž".encode()[:-1], encoding="utf-8"))


def test_one_damaged_byte_makes_no_other_names_of_all():
    body = "".join(f"{n};José García\n" for n in range(50)).encode() + b"50;Jos\xe9\n51;a\n"
    with pytest.raises(InvalidTable, match="there are bytes that are not utf-8"):
        list(named(b"id;name\n" + body))


@pytest.mark.parametrize("body", [b"id\x00\x01", b"a" * 70_000 + b"\x00"])
def test_what_is_no_text_is_refused(body):
    with pytest.raises(InvalidTable, match="zero bytes"):
        read_csv(body)


def test_a_header_may_stand_further_down_and_blank_rows_are_none():
    table = read_csv(b"Export of 1 May\n\nid;name\n;;\n1;a\n \n2\n", line=2)
    assert table.header.line == 3
    assert [row.line for row in table.rows] == [5, 7]


@pytest.mark.parametrize("body", [b"", b"\n\n", b";;\n"])
def test_a_table_without_headers_is_empty(body):
    with pytest.raises(InvalidTable, match="the table is empty"):
        read_csv(body, separator=";")


def test_a_header_that_stands_twice_is_refused_with_both_columns():
    with pytest.raises(InvalidTable, match='line 1: the header "id" stands in columns 1 and 3'):
        read_csv(b"id;name; id \n")


def test_a_row_may_end_early_and_have_blanks_beyond_the_header():
    assert named(b"id;name;\n1\n2;b;;;\n") == [{"id": "1"}, {"id": "2", "name": "b"}]


def test_a_row_is_blank_when_nothing_is_in_it():
    assert Row(1, ["", " "]).blank
    assert not Row(1, ["0"]).blank
