/** Search parameters as somebody may have typed them: what is no text is as if it were not there. */

export function text<Name extends string>(search: Record<string, unknown>, name: Name): { [Key in Name]?: string } {
  const found = search[name];
  const given = typeof found === "number" ? String(found) : found;
  return typeof given === "string" && given !== "" ? ({ [name]: given } as { [Key in Name]?: string }) : {};
}

export function flag<Name extends string>(search: Record<string, unknown>, name: Name): { [Key in Name]?: true } {
  return search[name] === true || search[name] === "true" ? ({ [name]: true } as { [Key in Name]?: true }) : {};
}

export function choice<Name extends string, const Value extends string>(
  search: Record<string, unknown>,
  name: Name,
  known: readonly Value[],
): { [Key in Name]?: Value } {
  const found = known.find((one) => one === search[name]);
  return found === undefined ? {} : ({ [name]: found } as { [Key in Name]?: Value });
}
