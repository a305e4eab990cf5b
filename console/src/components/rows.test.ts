import { expect, it } from "vitest";
import { doubles, rowsOf, valueOf } from "./rows";

it("reads and writes the same", () => {
  expect(valueOf(rowsOf({ a: "1", "X-B": "" }))).toEqual({ a: "1", "X-B": "" });
});

it("leaves out rows without a key, and knows keys that stand there twice", () => {
  const rows = [
    { id: "1", key: "a", value: "1" },
    { id: "2", key: "", value: "x" },
    { id: "3", key: "a", value: "2" },
  ];
  expect(valueOf(rows)).toEqual({ a: "2" });
  expect([...doubles(rows)]).toEqual(["a"]);
});
