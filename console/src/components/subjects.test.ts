// @vitest-environment jsdom
// what it tests imports what reads the page
import { expect, test } from "vitest";
import { joined, namesOf } from "./subjects";

test("a pasted list is names, each once, whatever stands between them", () => {
  expect(namesOf('mkovac\nihorvat; "mkovac"\tana@corp.example\n\n')).toEqual(["mkovac", "ihorvat", "ana@corp.example"]);
  expect(namesOf("mkovac, ihorvat")).toEqual(["mkovac", "ihorvat"]);
});

test("the commas of a distinguished name separate nothing", () => {
  expect(namesOf("CN=Mira Kovač,OU=Staff,DC=corp")).toEqual(["CN=Mira Kovač,OU=Staff,DC=corp"]);
});

test("nobody is chosen twice, and a user is no group", () => {
  const mira = { kind: "users", key: "1", name: "Mira" } as const;
  const staff = { kind: "groups", key: "1", name: "Staff" } as const;
  expect(joined([mira], [mira, staff])).toEqual([mira, staff]);
});
