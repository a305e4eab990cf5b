import { VisuallyHidden } from "@mantine/core";
import {
  type Icon,
  IconArrowsSplit,
  IconBell,
  IconClock,
  IconFlag,
  IconHourglass,
  IconQuestionMark,
  IconSend,
  IconSubtask,
  IconThumbUp,
  IconUserEdit,
} from "@tabler/icons-react";
import type { KeyboardEvent, PointerEvent } from "react";
import type { Tree } from "../../api/json";
import { ARROWS, builder as words, KIND_NAMES, runs } from "../../texts/templates";
import type { Pull } from "./GraphView";
import { BOX, type Kind, kindOf, outletAt, outletsOf, type Spot, type Word, wordsOf } from "./graph";
import classes from "./templates.module.css";

/** How a run got on at a block. */
export interface Mark {
  /** how many are there now */
  stand: number;
  done: number;
  failed: number;
}

export const ICONS: Readonly<Record<Kind, Icon>> = {
  webhook: IconSend,
  action: IconUserEdit,
  if: IconArrowsSplit,
  delay: IconClock,
  wait_until: IconHourglass,
  approval: IconThumbUp,
  notify: IconBell,
  template: IconSubtask,
  end: IconFlag,
};

interface BlockBoxProps {
  name: string;
  block: Tree;
  spot: Spot;
  start: boolean;
  selected: boolean;
  /** the one block that Tab comes to; arrow keys lead to the others */
  reachable: boolean;
  mistakes: number;
  mark: Mark | undefined;
  onOpen: () => void;
  onFocus: () => void;
  onKeyDown: (event: KeyboardEvent) => void;
  pulling: { scale: number; set: (pull: Pull | null) => void; done: (word: Word, to: string) => void } | undefined;
}

/** One block: what it is called, what it does, and the dots that its arrows are pulled from. */
export function BlockBox(props: BlockBoxProps) {
  const { name, block, spot, mistakes, mark, pulling } = props;
  const kind = kindOf(block);
  const Sign = kind === null ? IconQuestionMark : ICONS[kind];
  const title = typeof block["title"] === "string" && block["title"] !== "" ? block["title"] : wordsOf(block);
  const outlets = outletsOf(block);
  return (
    <div style={{ position: "absolute", left: spot.x, top: spot.y, width: BOX.width, height: BOX.height }}>
      <button
        type="button"
        className={classes["box"]}
        data-block={name}
        data-kind={kind ?? "none"}
        data-end={kind === "end" ? String(block["end"]) : undefined}
        data-selected={props.selected || undefined}
        data-wrong={mistakes > 0 || undefined}
        data-here={(mark?.stand ?? 0) > 0 || undefined}
        tabIndex={props.reachable ? 0 : -1}
        aria-pressed={props.selected}
        onClick={props.onOpen}
        onFocus={props.onFocus}
        onKeyDown={props.onKeyDown}
      >
        <Sign size={18} stroke={1.6} aria-hidden className={classes["sign"]} />
        <span className={classes["texts"]}>
          <span className={classes["name"]}>{name}</span>
          <VisuallyHidden component="span">, {told(props, kind)}; </VisuallyHidden>
          <span className={classes["does"]}>{title || (kind === null ? "" : KIND_NAMES[kind])}</span>
        </span>
        {props.start && <span className={classes["start"]}>{words.start}</span>}
        {mistakes > 0 && (
          <span className={classes["mistakes"]} aria-hidden>
            {mistakes}
          </span>
        )}
        {mark !== undefined && <MarkLine mark={mark} />}
      </button>
      {pulling !== undefined &&
        outlets.map((word, place) => <Dot key={word} name={name} spot={spot} word={word} at={outletAt(spot, place, outlets.length)} pulling={pulling} />)}
    </div>
  );
}

/** What eyes see by the picture: the kind, the arrows, what is wrong, and who is there. */
function told({ block, mistakes, mark }: BlockBoxProps, kind: Kind | null): string {
  const parts = [kind === null ? "" : KIND_NAMES[kind]];
  for (const word of outletsOf(block)) {
    const goal = block[word];
    if (typeof goal === "string") parts.push(words.arrowTo(ARROWS[word], goal));
  }
  if (mistakes > 0) parts.push(words.wrong(mistakes));
  if (mark !== undefined) parts.push(...marked(mark));
  return parts.join("; ");
}

function marked(mark: Mark): string[] {
  return [
    ...(mark.stand > 0 ? [runs.stand(mark.stand)] : []),
    ...(mark.done > 0 ? [runs.passed(mark.done)] : []),
    ...(mark.failed > 0 ? [runs.failedHere(mark.failed)] : []),
  ];
}

function MarkLine({ mark }: { mark: Mark }) {
  if (mark.stand + mark.done + mark.failed === 0) return null;
  return (
    <span className={classes["marks"]} aria-hidden>
      {mark.stand > 0 && <span data-mark="stand">● {runs.stand(mark.stand)}</span>}
      {mark.done > 0 && <span data-mark="done">✓ {mark.done}</span>}
      {mark.failed > 0 && <span data-mark="failed">✕ {mark.failed}</span>}
    </span>
  );
}

function Dot({ name, spot, word, at, pulling }: { name: string; spot: Spot; word: Word; at: Spot; pulling: NonNullable<BlockBoxProps["pulling"]> }) {
  const move = (event: PointerEvent<HTMLSpanElement>) => {
    const canvas = event.currentTarget.closest(`.${CSS.escape(classes["canvas"] ?? "")}`)?.getBoundingClientRect();
    if (canvas === undefined) return;
    const here = { x: (event.clientX - canvas.left) / pulling.scale, y: (event.clientY - canvas.top) / pulling.scale };
    pulling.set({ from: name, word, start: at, at: here });
  };
  return (
    <span
      className={classes["dot"]}
      data-word={word}
      title={words.drag(ARROWS[word], name)}
      style={{ left: at.x - spot.x, top: BOX.height }}
      onPointerDown={(event) => {
        event.stopPropagation();
        event.currentTarget.setPointerCapture(event.pointerId);
        move(event);
      }}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) move(event);
      }}
      onPointerUp={(event) => {
        pulling.set(null);
        const over = document.elementsFromPoint(event.clientX, event.clientY).find((one) => one instanceof HTMLElement && one.dataset["block"] !== undefined);
        const goal = over instanceof HTMLElement ? over.dataset["block"] : undefined;
        if (goal !== undefined && goal !== name) pulling.done(word, goal);
      }}
      onPointerCancel={() => pulling.set(null)}
    />
  );
}
