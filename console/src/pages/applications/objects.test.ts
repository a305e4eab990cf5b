import { expect, it } from "vitest";
import { keysOf, giverOf, givenBy, nameOf, pathsOf, withPaths } from "./objects";

const attributes = { id: "id", mail: { path: "contact.mail", multi: true } };

it("shows attributes by their paths, and keeps what else is said of them", () => {
  expect(pathsOf(attributes)).toEqual({ id: "id", mail: "contact.mail" });
  expect(withPaths(attributes, { id: "key", mail: "mails[]", more: "more" })).toEqual({ id: "key", mail: { path: "mails[]", multi: true }, more: "more" });
});

it("says which endpoint gives an attribute", () => {
  const joined = givenBy(attributes, "id", "details");
  expect(joined["id"]).toEqual({ path: "id", of: "details" });
  expect(giverOf(joined, "id")).toBe("details");
  expect(givenBy(joined, "id", "")).toEqual(attributes);
});

it("calls an attribute by the last part of its path", () => {
  expect(nameOf('contact[]."e.mail"')).toBe("mail");
  expect(nameOf("tags[]")).toBe("tags");
});

it("a record is told by what it has once", () => {
  expect(keysOf(["id", "employee.id", "phones[].number", "tags[]"])).toEqual(["id", "employee.id"]);
});
