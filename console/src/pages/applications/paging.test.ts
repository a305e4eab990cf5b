import { expect, it } from "vitest";
import { inStyle, PAGING } from "./paging";

it("keeps of a paging what another style has too", () => {
  const page = { style: "page", number: "page", size: 100, size_param: "limit", start: 1, total: "totalCount" };
  expect(inStyle(page, "cursor")).toEqual({ style: "cursor", size: 100, size_param: "limit", total: "totalCount" });
  expect(inStyle(page, "offset")).toEqual({ ...page, style: "offset" });
  expect(inStyle(page, "link")).toEqual({ style: "link", total: "totalCount" });
});

it("knows every style that the configuration has", () => {
  expect(Object.keys(PAGING).toSorted()).toEqual(["cursor", "link", "next_url", "none", "offset", "page", "scim"]);
});
