/** Whoever wants something that an open browser is not enough for, proves again who they are. */

type Ask = () => Promise<boolean>;

let ask: Ask = () => Promise.resolve(false);

/** Have *how* ask the person; the dialog of the page does. */
export function provedBy(how: Ask): void {
  ask = how;
}

/** Ask for a proof; false where it was not given. */
export function proofGiven(): Promise<boolean> {
  return ask();
}
