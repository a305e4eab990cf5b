import { expect, it } from "vitest";
import { pageOf, titleOf } from "./link";

it.each([
  ["mapping.md", "mapping"],
  ["./why.md#not", "why"],
  ["adr/0001-a-lock-by-hashes.md", null],
  ["https://example.com/a.md", null],
  ["openapi.json", null],
])("a link to %s leads to the page %s", (href, page) => {
  expect(pageOf(href)).toBe(page);
});

it.each([
  ["active-directory.md", "active directory"],
  ["what it says", "what it says"],
])("a link called %s is shown as %s", (text, title) => {
  expect(titleOf(text)).toBe(title);
});
