/** Whom a mapping reads, while somebody edits it: by which rule or of which side, and whose values are shown. */

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { at, tree } from "../../api/json";
import type { ChosenSubject } from "../../components/subjects";
import { presetsQuery } from "../applications/queries";
import { sidesOf } from "./sides";

/** The people whose values are shown; nobody: the first few of the side. */
export interface Whom {
  value: readonly ChosenSubject[];
  set: (value: ChosenSubject[]) => void;
}

export interface Reading {
  /** the rules that use the mapping, and the one by which it is read; none: "" */
  rules: readonly string[];
  rule: string;
  /** the side that is read: of the rule, or the chosen one of *sides* */
  source: string;
  sides: readonly string[];
  whom: Whom;
  choose: (by: { rule: string } | { source: string }) => void;
}

/** Return whom *mapping* of the configuration *document* reads. */
export function useReading(document: unknown, mapping: string): Reading {
  const presets = useQuery(presetsQuery).data ?? [];
  const [chosen, setChosen] = useState({ rule: "", source: "" });
  const [people, setPeople] = useState<ChosenSubject[]>([]);
  const rules = Object.entries(tree(at(document, ["rules"])))
    .filter(([, rule]) => tree(rule)["mapping"] === mapping)
    .map(([name, rule]) => ({ name, source: String(tree(rule)["source"] ?? "") }));
  const used = rules.find((one) => one.name === chosen.rule) ?? rules[0];
  const choose = (by: { rule: string } | { source: string }) => {
    setChosen({ ...chosen, ...by });
    setPeople([]); // they are of the other side
  };
  return {
    rules: rules.map((one) => one.name),
    rule: used?.name ?? "",
    source: used?.source ?? chosen.source,
    sides: sidesOf(tree(at(document, ["connections"])), presets),
    whom: { value: people, set: setPeople },
    choose,
  };
}
