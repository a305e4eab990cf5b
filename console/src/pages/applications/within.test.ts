import { expect, it } from "vitest";
import { calm, within } from "./within";

it("leaves of mistakes those below a part", () => {
  const errors = { "authorization.username": "is missing", authorization: "must hold keys", base_url: "is missing" };
  expect(within(errors, "authorization")).toEqual({ username: "is missing", "": "must hold keys" });
});

it("says of nothing that it is missing before somebody tried to save", () => {
  const errors = { a: "is missing", b: "must be a number" };
  expect(calm(errors, false)).toEqual({ b: "must be a number" });
  expect(calm(errors, true)).toEqual(errors);
});
