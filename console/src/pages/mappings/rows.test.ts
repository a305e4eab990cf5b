import { expect, it } from "vitest";
import { rowsOf, twice, unseen, valueOf, withWord } from "./rows";

const ROWS = { firstName: "{{ givenName }}", email: { from: "{{ mail }}", when_empty: "skip", on_clash: "suffix" }, x: { format: { parts: [] } } };

it("gives rows back as they were written", () => {
  expect(valueOf(rowsOf(ROWS))).toEqual(ROWS);
});

it("makes a row a text again when nothing else is said", () => {
  const [, email] = rowsOf({ a: "", email: { from: "{{ mail }}", when_empty: "skip" } });
  if (email === undefined) throw new Error("there is a row");
  expect(valueOf([withWord(email, "when_empty", "keep", "keep")])).toEqual({ email: "{{ mail }}" });
});

it("tells what it does not show and which attribute stands twice", () => {
  expect(rowsOf(ROWS).map(unseen)).toEqual([[], ["on_clash"], []]);
  const rows = [...rowsOf(ROWS), { id: "n", attribute: "FirstName", from: "", more: {} }];
  expect([...twice(rows)]).toEqual(["firstname"]);
});
