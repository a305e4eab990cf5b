import { useElementSize, useMergedRef } from "@mantine/hooks";
import { type KeyboardEvent, type PointerEvent, type RefObject, useEffect, useMemo, useRef, useState } from "react";
import type { Tree } from "../../api/json";
import { builder as words } from "../../texts/templates";
import { BlockBox, type Mark } from "./BlockBox";
import { GraphArrows } from "./GraphArrows";
import { blocksOf, BOX, type Direction, type Layout, layoutOf, neighbour, type Spot, startOf, type Word } from "./graph";
import classes from "./templates.module.css";

export interface GraphProps {
  template: Tree;
  selected: string;
  onSelect: (name: string) => void;
  onOpen: (name: string) => void;
  /** without these nothing can be changed */
  onRemove?: (name: string) => void;
  onConnect?: (from: string, word: Word, to: string) => void;
  /** how many mistakes each block has */
  mistakes?: Readonly<Record<string, number>>;
  marks?: Readonly<Record<string, Mark>>;
  /** keys of the arrows that somebody took */
  taken?: ReadonlySet<string>;
  /** how large; `fit`: as wide as there is room, `all`: so that all of it is seen */
  zoom: Zoom;
  moved?: Readonly<Record<string, Spot>>;
  onMoved?: (name: string, spot: Spot) => void;
}

export type Zoom = number | "fit" | "all";

export interface Pull {
  from: string;
  word: Word;
  start: Spot;
  at: Spot;
}

const KEYS: Readonly<Record<string, Direction>> = { ArrowUp: "up", ArrowDown: "down", ArrowLeft: "left", ArrowRight: "right" };

/** The graph: blocks that a keyboard moves between, and the arrows behind them. */
export function GraphView(props: GraphProps) {
  const { template, selected, moved } = props;
  const { ref, width } = useElementSize();
  const area = useRef<HTMLDivElement>(null);
  const base = useMemo(() => layoutOf(template), [template]);
  const layout = useMemo(() => placed(base, moved ?? {}), [base, moved]);
  const blocks = blocksOf(template);
  // by what nobody moved, so that nothing else moves while a block is dragged
  const scale = scaleOf(props.zoom, width || base.width, base);
  const edge = Math.max(0, (width - base.width * scale) / 2);
  const [pull, setPull] = useState<Pull | null>(null);
  const current = Object.hasOwn(blocks, selected) ? selected : (startOf(template) || Object.keys(blocks)[0]) ?? "";
  const focus = useFocus(area, selected);
  const dragging = useDragging(props, layout, scale);
  const pressed = (name: string, event: KeyboardEvent) => {
    const direction = KEYS[event.key];
    if (direction !== undefined) {
      event.preventDefault();
      focus(neighbour(layout.spots, name, direction));
      props.onSelect(neighbour(layout.spots, name, direction));
    } else if (event.key === "Delete" && props.onRemove !== undefined) {
      event.preventDefault();
      props.onRemove(name);
    }
  };
  const { onConnect } = props;
  return (
    <div ref={useMergedRef(ref, area)} className={classes["graph"]} role="group" aria-label={words.label}>
      <div style={{ width: layout.width * scale, height: layout.height * scale, marginLeft: edge }}>
        <div className={classes["canvas"]} style={{ width: layout.width, height: layout.height, transform: `scale(${scale})` }} {...dragging.handlers}>
          <GraphArrows template={template} layout={layout} taken={props.taken} straight={moved ?? {}} pull={pull} />
          {Object.entries(blocks).map(([name, block]) => (
            <BlockBox
              key={name}
              name={name}
              block={block}
              spot={layout.spots.get(name) ?? { x: 0, y: 0 }}
              start={name === startOf(template)}
              selected={name === selected}
              reachable={name === current}
              mistakes={props.mistakes?.[name] ?? 0}
              mark={props.marks?.[name]}
              onOpen={() => {
                if (!dragging.dragged()) props.onOpen(name);
              }}
              onFocus={() => props.onSelect(name)}
              onKeyDown={(event) => pressed(name, event)}
              pulling={onConnect === undefined ? undefined : { scale, set: setPull, done: (word, to) => onConnect(name, word, to) }}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

function scaleOf(zoom: Zoom, width: number, layout: Layout): number {
  if (typeof zoom === "number") return zoom;
  const high = zoom === "all" ? (globalThis.innerHeight * 0.7) / layout.height : 1;
  return Math.min(1, Math.max(0.35, Math.min(width / layout.width, high)));
}

/** Return what moves the focus to a block; it follows what is selected elsewhere too, once something in the graph had it. */
function useFocus(area: RefObject<HTMLDivElement | null>, selected: string) {
  const focus = (name: string) => area.current?.querySelector<HTMLElement>(`[data-block="${CSS.escape(name)}"]`)?.focus();
  useEffect(() => {
    const inside = area.current?.contains(document.activeElement) ?? false;
    if (inside && selected !== "") area.current?.querySelector<HTMLElement>(`[data-block="${CSS.escape(selected)}"]`)?.focus();
  }, [area, selected]);
  return focus;
}

/** Have blocks dragged by a pointer; nothing moves before it went a few pixels, so that a click stays one. */
function useDragging(props: GraphProps, layout: Layout, scale: number) {
  const held = useRef<{ name: string; from: Spot; at: Spot; far: boolean } | null>(null);
  const last = useRef(false);
  const { onMoved } = props;
  if (onMoved === undefined) return { handlers: {}, dragged: () => false };
  const down = (event: PointerEvent) => {
    last.current = false;
    const box = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-block]") : null;
    const name = box?.dataset["block"];
    const at = name === undefined ? undefined : layout.spots.get(name);
    if (name !== undefined && at !== undefined && event.button === 0) held.current = { name, at, from: { x: event.clientX, y: event.clientY }, far: false };
  };
  const move = (event: PointerEvent) => {
    const one = held.current;
    if (one === null) return;
    const [x, y] = [(event.clientX - one.from.x) / scale, (event.clientY - one.from.y) / scale];
    if (!one.far && Math.hypot(x, y) < 6) return;
    one.far = true;
    last.current = true;
    onMoved(one.name, { x: Math.max(0, one.at.x + x), y: Math.max(0, one.at.y + y) });
  };
  const up = () => {
    held.current = null;
  };
  return { handlers: { onPointerDown: down, onPointerMove: move, onPointerUp: up, onPointerLeave: up }, dragged: () => last.current };
}

/** Return *layout* with some blocks where somebody put them. */
function placed(layout: Layout, moved: Readonly<Record<string, Spot>>): Layout {
  const spots = new Map([...layout.spots].map(([name, spot]) => [name, moved[name] ?? spot] as const));
  const right = Math.max(0, ...[...spots.values()].map((spot) => spot.x + BOX.width + 48));
  const low = Math.max(0, ...[...spots.values()].map((spot) => spot.y + BOX.height + 48));
  return { ...layout, spots, width: Math.max(layout.width, right), height: Math.max(layout.height, low) };
}
