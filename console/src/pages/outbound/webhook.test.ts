import { expect, test } from "vitest";
import { givenNames, onlyReads, standing } from "./webhook";

test("what a block would give is asked for by name, once, wherever it stands", () => {
  const spec = { url: "{base_url}/x", params: { to: "{{ with.to | default(mobile) }}" }, body: { a: ["{{ with.text }} {{ with.to }}"], b: "with.nobody" } };
  expect(givenNames(spec)).toEqual(["to", "text"]);
});

test("a webhook is held back until just this was tested and was good", () => {
  const spec = { method: "POST" };
  expect(standing(spec, null)).toBe("notTested");
  expect(standing(spec, { spec: { method: "PUT" }, good: true })).toBe("old");
  expect(standing(spec, { spec, good: false })).toBe("bad");
  expect(standing(spec, { spec: { method: "POST" }, good: true })).toBe("good");
});

test("only what reads is sent without a second thought", () => {
  expect(onlyReads({ method: "GET" })).toBe(true);
  expect(onlyReads({ method: "POST" })).toBe(false);
});
