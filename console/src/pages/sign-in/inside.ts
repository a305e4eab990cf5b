/** Return where a sign-in leads: *to* if it is a page of this console, else the first page. Never elsewhere. */
export function inside(to: string | undefined): string {
  if (to === undefined || !to.startsWith("/") || to.startsWith("//") || to.includes("\\")) return "/";
  return to;
}
