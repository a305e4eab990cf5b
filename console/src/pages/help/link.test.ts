import { expect, it } from "vitest";
import { pageOf } from "./link";

it.each([
  ["mapping.md", "mapping"],
  ["./why.md#not", "why"],
  ["adr/0001-a-lock-by-hashes.md", null],
  ["https://example.com/a.md", null],
  ["openapi.json", null],
])("a link to %s leads to the page %s", (href, page) => {
  expect(pageOf(href)).toBe(page);
});
