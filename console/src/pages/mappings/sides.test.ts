import { expect, it } from "vitest";
import { sidesOf } from "./sides";

it("lists what each connection keeps, an application what its preset and its own objects are", () => {
  const connections = {
    corp: { kind: "active_directory" },
    hr: { kind: "table" },
    infobip: { kind: "rest", objects: { teams: {}, persons: {} } },
    plain: { kind: "rest", preset: "none", objects: { staff: {} } },
  };
  expect(sidesOf(connections, [{ name: "infobip", objects: ["persons"] }])).toEqual([
    "corp.users",
    "corp.groups",
    "hr.rows",
    "infobip.persons",
    "infobip.teams",
    "plain.staff",
  ]);
});
