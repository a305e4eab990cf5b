import { expect, it } from "vitest";
import { asProblem, Problem } from "./problem";

it.each([
  [new TypeError("Failed to fetch"), "offline"],
  [new TypeError("NetworkError when attempting to fetch resource."), "offline"],
  [new TypeError("Load failed"), "offline"],
  [new TypeError("Failed to fetch dynamically imported module: /assets/PlanPage-1.js"), "updated"],
  [new TypeError("error loading dynamically imported module: /assets/PlanPage-1.js"), "updated"],
  [new TypeError("Importing a module script failed."), "updated"],
  [new TypeError("Cannot read properties of undefined (reading 'name')"), "page"],
  ["a word", "page"],
])("%s is told as %s", (error, code) => {
  expect(asProblem(error).code).toBe(code);
});

it("what the server said stays as it is", () => {
  const problem = new Problem({ status: 409, type: "urn:keepstep:problem:stale", detail: "somebody else saved" });
  expect(asProblem(problem)).toBe(problem);
});
