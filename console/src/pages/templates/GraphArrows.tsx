import type { Tree } from "../../api/json";
import { ARROWS } from "../../texts/templates";
import type { Pull } from "./GraphView";
import { arrowsOf, blocksOf, keyOf, type Layout, lineOf, outletAt, outletsOf, type Spot } from "./graph";
import classes from "./templates.module.css";

interface GraphArrowsProps {
  template: Tree;
  layout: Layout;
  taken: ReadonlySet<string> | undefined;
  /** blocks that somebody moved: their arrows go straight */
  straight: Readonly<Record<string, Spot>>;
  pull: Pull | null;
}

/** The arrows, for eyes only: whoever cannot see them reads where a block leads in its name and in the list. */
export function GraphArrows({ template, layout, taken, straight, pull }: GraphArrowsProps) {
  const blocks = blocksOf(template);
  return (
    <svg className={classes["arrows"]} width={layout.width} height={layout.height} aria-hidden>
      <defs>
        <marker id="arrow-tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="9" markerHeight="9" orient="auto" markerUnits="userSpaceOnUse">
          <path d="M0 0 8 4 0 8z" className={classes["tip"]} />
        </marker>
      </defs>
      {arrowsOf(template).map((arrow) => {
        const from = layout.spots.get(arrow.from);
        const to = layout.spots.get(arrow.to);
        if (from === undefined || to === undefined) return null;
        const words = outletsOf(blocks[arrow.from] ?? {});
        const start = outletAt(from, words.indexOf(arrow.word), words.length);
        const free = straight[arrow.from] !== undefined || straight[arrow.to] !== undefined;
        const passed = taken?.has(keyOf(arrow)) ?? false;
        return (
          <g key={keyOf(arrow)} className={classes["arrow"]} data-word={arrow.word} data-taken={passed || undefined}>
            <path d={lineOf(start, to, free ? [] : (layout.bends.get(keyOf(arrow)) ?? []))} markerEnd="url(#arrow-tip)" />
            {words.length > 1 && (
              <text x={start.x + 6} y={start.y + 18}>
                {ARROWS[arrow.word]}
              </text>
            )}
          </g>
        );
      })}
      {pull !== null && <path className={classes["pull"]} d={`M${pull.start.x} ${pull.start.y} L${pull.at.x} ${pull.at.y}`} />}
    </svg>
  );
}
