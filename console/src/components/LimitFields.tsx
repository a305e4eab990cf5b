import { NumberInput } from "@mantine/core";
import { type Tree, tree } from "../api/json";
import { rule as words } from "../texts/rule";
import { type Kind, KINDS } from "./guards";

export type LimitPart = "percent" | "count";

interface LimitFieldsProps {
  /** limits by kind of action */
  limits: Tree;
  put: (kind: Kind, part: LimitPart, value: number | undefined) => void;
  placeholder: (kind: Kind, part: LimitPart) => string;
  errors: Readonly<Record<string, string>>;
  /** where they stand, as the errors say it */
  path: string;
}

/** The two numbers of the limit of each kind of action, one beside the other. */
export function LimitFields({ limits, put, placeholder, errors, path }: LimitFieldsProps) {
  return KINDS.flatMap((kind) =>
    (["percent", "count"] as const).map((part) => {
      const held = tree(limits[kind])[part];
      return (
        <NumberInput
          key={`${kind} ${part}`}
          label={part === "percent" ? words.percent(words.kinds[kind]) : words.count(words.kinds[kind])}
          min={0}
          {...(part === "percent" ? { max: 100 } : {})}
          placeholder={placeholder(kind, part)}
          value={typeof held === "number" ? held : ""}
          onChange={(next) => put(kind, part, next === "" ? undefined : Number(next))}
          error={errors[`${path}.${kind}.${part}`] ?? errors[`${path}.${kind}`]}
        />
      );
    }),
  );
}
