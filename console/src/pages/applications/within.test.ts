import { expect, it } from "vitest";
import { within } from "./within";

it("leaves of mistakes those below a part", () => {
  const errors = { "authorization.username": "is missing", authorization: "must hold keys", base_url: "is missing" };
  expect(within(errors, "authorization")).toEqual({ username: "is missing", "": "must hold keys" });
});
