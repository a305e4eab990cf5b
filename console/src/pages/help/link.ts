/** Return the documentation page that a link in the documentation leads to; null for a link elsewhere. */
export function pageOf(href: string): string | null {
  const found = /^(?:\.\/)?([a-z0-9-]+)\.md(?:#.*)?$/.exec(href);
  return found?.[1] ?? null;
}

/** Return how a link is called here: files of pages without their ending. */
export function titleOf(text: string): string {
  const page = pageOf(text);
  return page === null ? text : page.replaceAll("-", " ");
}
