import { expect, test } from "vitest";
import { callOf, jsonOf } from "./exchange";

test("what a run kept of a call is its request and its answer again", () => {
  const call = callOf('POST https://x.example/a\nAuthorization: •••\nX-Id: a: b\n\n{"a": 1}\n\n', '200 in 31 ms\n\n{"b": 2}');
  expect(call?.request).toMatchObject({ method: "POST", url: "https://x.example/a", headers: [["Authorization", "•••"], ["X-Id", "a: b"]] });
  expect(call?.answer).toMatchObject({ status: 200, milliseconds: 31, body: '{"b": 2}' });
});

test("where no answer came there is none, and other words are no call", () => {
  expect(callOf("GET https://x.example/a", "")?.answer).toBeNull();
  expect(callOf("modify CN=Mira", "")).toBeNull();
});

test("a body that was cut is no JSON, and shown as it is", () => {
  expect(jsonOf('{"a": [1]}')).toEqual({ a: [1] });
  expect(jsonOf('{"a": [1')).toBeUndefined();
  expect(jsonOf("true story")).toBeUndefined();
});
