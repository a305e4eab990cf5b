import { expect, it } from "vitest";
import { sentence } from "./ProblemNote";

it("makes a sentence of what the server says, and leaves the name of a file as it is", () => {
  expect(sentence("no plan starts with \"ab\"")).toBe("No plan starts with \"ab\".");
  expect(sentence("why not?")).toBe("Why not?");
  expect(sentence("keepstep.yaml:27:14: there is no channel \"diary\"")).toBe("keepstep.yaml:27:14: there is no channel \"diary\".");
});
