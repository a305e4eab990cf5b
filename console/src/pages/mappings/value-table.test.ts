import { expect, it } from "vitest";
import { otherwiseOf, pairsOf, pasted, tablesIn } from "./value-table";

it("takes two columns of a spreadsheet, whatever stands in their cells", () => {
  expect(pairsOf("HR\tHuman Resources\r\nIT\tInformation\r\n")).toEqual([
    ["HR", "Human Resources"],
    ["IT", "Information"],
  ]);
  expect(pairsOf('"say ""hi"""\t"two\nlines"\n"open\tshut\n')).toEqual([
    ['say "hi"', "two\nlines"],
    ['"open', "shut"],
  ]);
  expect(pairsOf("a\tb\tc\n\tonly to\nalone")).toEqual([
    ["a", "b"],
    ["alone", ""],
  ]);
});

it("leaves a text without columns to the field", () => {
  expect(pairsOf("Human Resources")).toBeNull();
});

it("puts new rows where they were pasted, and changes those that were there", () => {
  const rows = [
    { id: "1", key: "HR", value: "old" },
    { id: "2", key: "", value: "" },
    { id: "3", key: "IT", value: "Information" },
  ];
  const found = pasted(rows, 1, [
    ["HR", "Human Resources"],
    ["FI", "Finance"],
    ["FI", "Finances"],
  ]);
  expect(found.rows.map((row) => [row.key, row.value])).toEqual([
    ["HR", "Human Resources"],
    ["FI", "Finances"],
    ["IT", "Information"],
  ]);
  expect([found.fresh, found.changed]).toEqual([1, 1]);
});

it("tells what becomes of other values and which tables a text asks", () => {
  expect([undefined, "refuse", "keep", "Other", ""].map(otherwiseOf)).toEqual(["refuse", "refuse", "keep", "text", "text"]);
  expect(tablesIn("{{ department | map(\"departments\") }} {{ l | map( 'sites' ) }}")).toEqual(["departments", "sites"]);
});
