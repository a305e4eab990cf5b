import { expect, it } from "vitest";
import { walked } from "./containers";

const TREE: Readonly<Record<string, string[]>> = { "": ["DC=x"], "DC=x": ["OU=A,DC=x", "OU=B,DC=x"], "OU=A,DC=x": ["OU=Deep,OU=A,DC=x"] };

it("offers the upper containers first, each once", async () => {
  const asked: string[] = [];
  const below = async (parent: string) => {
    asked.push(parent);
    return (TREE[parent] ?? []).map((dn) => ({ dn }));
  };
  expect(await walked(below)).toEqual(["DC=x", "OU=A,DC=x", "OU=B,DC=x", "OU=Deep,OU=A,DC=x"]);
  expect(asked).toEqual(["", "DC=x", "OU=A,DC=x", "OU=B,DC=x", "OU=Deep,OU=A,DC=x"]);
});

it("asks a directory only so often, however large it is", async () => {
  let asked = 0;
  const below = async (parent: string) => {
    asked += 1;
    return [0, 1, 2].map((one) => ({ dn: `OU=${one},${parent}` }));
  };
  await walked(below, 10);
  expect(asked).toBe(10);
});
