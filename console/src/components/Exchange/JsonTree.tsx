import { useState } from "react";
import { exchange as words } from "../../texts/exchange";
import classes from "./Exchange.module.css";

const MOST = 200;
const OPEN_TO = 6;

/** Data as JSON that can be folded; long lists show their beginning first. */
export function JsonTree({ value }: { value: unknown }) {
  return <Node name={null} value={value} depth={0} last />;
}

interface NodeProps {
  name: string | null;
  value: unknown;
  depth: number;
  last: boolean;
}

function Node({ name, value, depth, last }: NodeProps) {
  const [open, setOpen] = useState(depth < OPEN_TO);
  const [most, setMost] = useState(MOST);
  const label = name === null ? null : (
    <>
      <span className={classes["key"]}>{JSON.stringify(name)}</span>:{" "}
    </>
  );
  const comma = last ? "" : ",";
  if (typeof value !== "object" || value === null) {
    return (
      <div>
        {label}
        <Leaf value={value} />
        {comma}
      </div>
    );
  }
  const isList = Array.isArray(value);
  const entries: [string, unknown][] = isList ? value.map((one, place) => [String(place), one]) : Object.entries(value);
  const [begin, end] = isList ? ["[", "]"] : ["{", "}"];
  if (entries.length === 0) return <div>{label}{begin}{end}{comma}</div>;
  return (
    <div>
      <button type="button" className={classes["fold"]} aria-expanded={open} aria-label={`${open ? words.fold : words.unfold} ${name ?? ""}`} onClick={() => setOpen(!open)}>
        {open ? "▾" : "▸"}
      </button>
      {label}
      {begin}
      {open ? (
        <>
          <div className={classes["branch"]}>
            {entries.slice(0, most).map(([key, one], place) => (
              <Node key={key} name={isList ? null : key} value={one} depth={depth + 1} last={place === entries.length - 1} />
            ))}
            {entries.length > most && (
              <button type="button" className={classes["fold"]} onClick={() => setMost(most + MOST)}>
                … {words.more(entries.length - most)}
              </button>
            )}
          </div>
          {end}
        </>
      ) : (
        <span className={classes["quiet"]}>
          {" "}
          … {words.entries(entries.length)} {end}
        </span>
      )}
      {comma}
    </div>
  );
}

function Leaf({ value }: { value: unknown }) {
  if (typeof value === "string") return <span className={classes["text"]}>{JSON.stringify(value)}</span>;
  return <span className={classes["literal"]}>{JSON.stringify(value)}</span>;
}
