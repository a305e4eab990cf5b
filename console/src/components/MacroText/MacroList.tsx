import { Text } from "@mantine/core";
import { useEffect, useRef } from "react";
import { macros as words } from "../../texts/macros";
import type { Choice, Grouped } from "./caret";
import classes from "./MacroText.module.css";

interface MacroListProps {
  id: string;
  groups: readonly Grouped[];
  left: number;
  active: number;
  onActive: (place: number) => void;
  onChoose: (choice: Choice) => void;
  problem: string;
  waiting: boolean;
}

/** What can be inserted, group by group; below it what the one under the finger gives. */
export function MacroList({ id, groups, left, active, onActive, onChoose, problem, waiting }: MacroListProps) {
  const choices = groups.flatMap((one) => one.choices);
  const here = choices[active];
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.querySelector(`#${CSS.escape(optionId(id, active))}`)?.scrollIntoView({ block: "nearest" });
  }, [active, id]);
  return (
    <>
      <div ref={list} id={id} role="listbox" aria-label={words.list} className={classes["list"]} tabIndex={-1}>
        {groups.map((group) => (
          <div key={group.key} role="group" aria-label={words.groups[group.key] ?? group.key}>
            <div className={classes["heading"]} aria-hidden>
              {words.groups[group.key] ?? group.key}
            </div>
            {group.choices.map((choice) => {
              const mine = choices.indexOf(choice);
              return (
                // the keys are those of the field, which keeps the focus
                // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
                <div
                  key={`${choice.kind} ${choice.one.name}`}
                  id={optionId(id, mine)}
                  role="option"
                  tabIndex={-1}
                  aria-selected={mine === active}
                  className={classes["option"]}
                  onMouseMove={() => mine !== active && onActive(mine)}
                  onMouseDown={(event) => event.preventDefault()}
                  onClick={() => onChoose(choice)}
                >
                  <span className={`mono ${classes["name"] ?? ""}`}>{choice.one.name}</span>
                  <span className={classes["meaning"]}>{choice.one.meaning}</span>
                </div>
              );
            })}
          </div>
        ))}
      </div>
      <div className={classes["foot"]}>
        {choices.length === 0 && !waiting && <Text size="xs">{words.none}</Text>}
        {here !== undefined && <About choice={here} />}
        {problem !== "" && (
          <Text size="xs" c="orange">
            {words.noAttributes}: {problem}
          </Text>
        )}
        <Text size="xs" c="dimmed" mt={4}>
          {left > 0 && `${words.more(left)} · `}
          {words.keys}
        </Text>
      </div>
    </>
  );
}

export function optionId(id: string, place: number): string {
  return `${id}-${place}`;
}

function About({ choice }: { choice: Choice }) {
  if (choice.kind === "function") {
    const { one } = choice;
    return (
      <>
        <div className="mono">{one.write}</div>
        <div>
          {one.meaning}; {words.example} <span className="mono">{one.example}</span> {words.gives} <b>{one.result.join(" / ")}</b>
        </div>
      </>
    );
  }
  const { one } = choice;
  return (
    <>
      <div className="mono">{`{{ ${one.name} }}`}</div>
      <div>
        {one.meaning}
        {one.example !== "" && (
          <>
            ; {words.example} <b>{one.example}</b>
          </>
        )}
      </div>
    </>
  );
}
