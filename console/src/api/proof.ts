/** Whoever wants something that an open browser is not enough for, proves again who they are. */

type Ask = () => Promise<boolean>;

let ready: (ask: Ask) => void = () => undefined;
const asked = new Promise<Ask>((resolve) => {
  ready = resolve;
});
let load: () => void = () => undefined;

/** Have *how* load the dialog; the page does. */
export function proofLoadedBy(how: () => void): void {
  load = how;
}

/** Have *how* ask the person; the dialog does, once it is there. */
export function provedBy(how: Ask): void {
  ready(how);
}

/** Ask for a proof; false where it was not given. */
export async function proofGiven(): Promise<boolean> {
  load();
  return (await asked)();
}
