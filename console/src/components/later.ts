/** What most visits never need is loaded when it is first wanted: toasts, and the question who somebody is. */

import type { NotificationData } from "@mantine/notifications";

let want: () => void = () => undefined;
let early = false;

/** Have *how* load what is wanted later; the page does. */
export function onWanted(how: () => void): void {
  want = how;
  if (early) how();
}

/** Load it now. */
export function wantLater(): void {
  early = true;
  want();
}

/** Say something in passing. What went wrong is never said so alone: it stands on the page. */
export async function toast(what: NotificationData): Promise<void> {
  wantLater();
  const { notifications } = await import("@mantine/notifications");
  notifications.show({ closeButtonProps: { "aria-label": "Close" }, ...what });
}
