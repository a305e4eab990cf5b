import { expect, test } from "vitest";
import { buildingOf, EMPTY, part, whole, writtenOf } from "./format";

test("a format of parts is built on and written the same", () => {
  const format = {
    parts: [
      { attribute: "givenName", value: "all", words: "all", characters: "first", case: "lower" as const, functions: [], text: "", random_digits: null, expression: "" },
      { attribute: "", value: "all", words: "all", characters: "all", case: null, functions: [], text: ".", random_digits: null, expression: "" },
    ],
    separator: "",
    alternatives: [],
    remove_accents: true,
    remove_spaces: false,
    case: null,
    at_most: 20,
  };
  const building = buildingOf(format);
  expect(building?.parts.map((one) => one.kind)).toEqual(["attribute", "text"]);
  expect(writtenOf(building ?? EMPTY)).toMatchObject({ parts: [{ attribute: "givenName", characters: "first", case: "lower" }, { text: "." }], remove_accents: true, at_most: 20 });
});

test("what has alternatives is no row of parts", () => {
  expect(buildingOf({ parts: [], separator: "", alternatives: [{ when: "", parts: [], separator: "" }], remove_accents: false, remove_spaces: false })).toBeNull();
  expect(buildingOf(null)).toBeNull();
});

test("a part that says nothing is not whole", () => {
  expect(whole(EMPTY)).toBe(false);
  expect(whole({ ...EMPTY, parts: [part("text")] })).toBe(false);
  expect(whole({ ...EMPTY, parts: [part("text", "x")] })).toBe(true);
});
