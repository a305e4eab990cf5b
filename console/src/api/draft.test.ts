// @vitest-environment jsdom
// what it tests imports what reads the page
import { expect, it } from "vitest";
import { byField, changeOf } from "./draft";

it("tells mistakes below a part by their own field, and the others whole", () => {
  const found = byField(
    [
      { field: "connections.hr.base_url", message: "is missing" },
      { field: "connections.hr", message: "must hold keys and values" },
      { field: "connections.hrx.base_url", message: "is missing" },
      { field: "rules.staff.target", message: "there is no connection" },
    ],
    "connections.hr",
  );
  expect(found.errors).toEqual({ base_url: "is missing", "": "must hold keys and values" });
  expect(found.elsewhere.map((one) => one.field)).toEqual(["connections.hrx.base_url", "rules.staff.target"]);
});

it("removes a part that is not there any more", () => {
  expect(changeOf(["rules", "x"], undefined)).toEqual({ path: ["rules", "x"], remove: true });
  expect(changeOf(["rules", "x"], null)).toEqual({ path: ["rules", "x"], value: null, remove: false });
});
