/** The containers of a directory, walked from above. */

/** How many containers of a directory are asked what is in them: whoever names one deeper down writes it. */
const ASKED = 40;
const AT_ONCE = 4;

/** Return the containers of a directory, the upper ones first; *below* gives those directly in one, "" is above all. */
export async function walked(below: (parent: string) => Promise<readonly { dn: string }[]>, most = ASKED): Promise<string[]> {
  const found: string[] = [];
  let waiting = [""];
  for (let asked = 0; waiting.length > 0 && asked < most; ) {
    const some = waiting.slice(0, Math.min(AT_ONCE, most - asked));
    asked += some.length;
    // oxlint-disable-next-line no-await-in-loop -- a few at once, and the upper ones first
    const told = (await Promise.all(some.map(below))).flat().map((one) => one.dn);
    found.push(...told);
    waiting = [...waiting.slice(some.length), ...told];
  }
  return found;
}
