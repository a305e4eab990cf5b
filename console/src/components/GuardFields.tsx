import { NumberInput, SimpleGrid } from "@mantine/core";
import type { ReactNode } from "react";
import { type Tree, tree, withAt, withKey } from "../api/json";
import { rule as words } from "../texts/rule";
import { GroupGuards } from "./GroupGuards";
import { type Kind, USUAL, withGuard } from "./guards";
import { LimitFields, type LimitPart } from "./LimitFields";

interface GuardFieldsProps {
  spec: Tree;
  set: (spec: Tree) => void;
  errors: Readonly<Record<string, string>>;
  /** the side that is written, as connection.objects */
  side: string;
  children?: ReactNode;
}

function number(value: string | number): number | undefined {
  return value === "" ? undefined : Number(value);
}

function usually(kind: Kind, part: LimitPart): string {
  const held = USUAL[kind][part];
  return held === undefined ? "–" : words.usual(String(held));
}

/** The limits beyond which a plan is not applied; what is left empty is as usual. */
export function GuardFields({ spec, set, errors, side, children }: GuardFieldsProps) {
  const guards = tree(spec["guards"]);
  const plain = (key: "canary" | "shrink", label: string, usual: number) => (
    <NumberInput
      label={label}
      min={0}
      placeholder={words.usual(String(usual))}
      value={typeof guards[key] === "number" ? guards[key] : ""}
      onChange={(next) => {
        const held = withKey(guards, key, number(next));
        set(withKey(spec, "guards", Object.keys(held).length === 0 ? undefined : held));
      }}
      error={errors[`guards.${key}`]}
    />
  );
  const past = (key: "times" | "least", label: string, usual: number) => {
    const held = tree(guards["history"])[key];
    return (
      <NumberInput
        label={label}
        min={0}
        placeholder={"history" in guards ? words.usual(String(usual)) : "–"}
        value={typeof held === "number" ? held : ""}
        onChange={(next) => set(withAt(spec, ["guards", "history", key], number(next)))}
        error={errors[`guards.history.${key}`] ?? errors["guards.history"]}
      />
    );
  };
  return (
    <SimpleGrid cols={2}>
      <LimitFields limits={guards} put={(kind, part, value) => set(withGuard(spec, kind, part, value))} placeholder={usually} errors={errors} path="guards" />
      {plain("canary", words.canary, 10)}
      {plain("shrink", words.shrink, 20)}
      {past("times", words.historyTimes, 5)}
      {past("least", words.historyLeast, 10)}
      {children}
      <div style={{ gridColumn: "1 / -1" }}>
        <GroupGuards spec={spec} set={set} errors={errors} side={side} />
      </div>
    </SimpleGrid>
  );
}
