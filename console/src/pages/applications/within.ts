/** Return the mistakes below *part*, each by the field below it. */
export function within(errors: Readonly<Record<string, string>>, part: string): Record<string, string> {
  const prefix = `${part}.`;
  return Object.fromEntries(Object.entries(errors).flatMap(([field, text]) => (field.startsWith(prefix) ? [[field.slice(prefix.length), text]] : field === part ? [["", text]] : [])));
}

/** Return *errors* without what is only missing yet, until somebody *tried* to save. */
export function calm(errors: Readonly<Record<string, string>>, tried: boolean): Record<string, string> {
  return Object.fromEntries(Object.entries(errors).filter(([, text]) => tried || text !== "is missing"));
}
