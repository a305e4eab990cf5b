/** Return the documentation page that a link in the documentation leads to; null for a link elsewhere. */
export function pageOf(href: string): string | null {
  const found = /^(?:\.\/)?([a-z0-9-]+)\.md(?:#.*)?$/.exec(href);
  return found?.[1] ?? null;
}
