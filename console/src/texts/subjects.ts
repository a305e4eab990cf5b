/** What the choice of users and groups says. */
export const subjects = {
  users: "Users",
  groups: "Groups",
  placeholder: "Name, mail, employee id or DN; a list can be pasted",
  add: "Add",
  none: "Nobody is chosen yet.",
  remove: (name: string) => `Remove ${name}`,
  clear: "Remove all",
  chosen: (count: number) => (count === 1 ? "1 chosen" : `${count.toLocaleString()} chosen`),
  unknown: (names: string) => `Not found: ${names}`,
  most: (most: number) => `At most ${most} can be chosen here.`,
  kind: "What is chosen",
  looking: "Looking them up",
} as const;
