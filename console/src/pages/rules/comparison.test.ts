import { expect, it } from "vitest";
import { EVERYBODY, narrowedBy, narrowedIn, rowsOf } from "./comparison";

it("takes rows as the server gives them and leaves out what is none", () => {
  const item = {
    number: 3,
    tag: "mismatched",
    row: { standing: "mismatched", name: "Ana", source_key: "s", target_key: null, differences: [{ name: "mail", before: ["a"], after: [] }, 7] },
  };
  expect(rowsOf([item, { number: 4, tag: "new_word", row: {} }, null])).toEqual([
    { number: 3, standing: "mismatched", name: "Ana", sourceKey: "s", targetKey: "", note: "", differences: [{ name: "mail", before: ["a"], after: [] }] },
  ]);
});

it("what a comparison was narrowed down by is counted, and read from its work", () => {
  expect(narrowedBy(EVERYBODY)).toBe(0);
  const choice = { situation: [], attribute: ["lastName"], ou: ["OU=Sales"], where: " ", search: "" };
  expect(narrowedBy(narrowedIn({ kind: "compare", choice }))).toBe(2);
  expect(narrowedIn({ kind: "plan" })).toEqual(EVERYBODY);
});
