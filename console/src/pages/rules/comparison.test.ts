import { expect, it } from "vitest";
import { rowsOf } from "./comparison";

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
