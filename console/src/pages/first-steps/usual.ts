/** The rule that most people begin with: persons in Infobip for the users of a directory like Active Directory. */

import { changeOf, type PartChange } from "../../api/draft";

const NAMES = { mapping: "staff-to-persons", rule: "staff" } as const;

/** Return the changes of the configuration that make it. */
export function usualRule(directory: string, application: string): PartChange[] {
  const mapping = {
    into: `${application}.persons`,
    rows: {
      externalId: "{{ objectGUID }}",
      firstName: "{{ givenName }}",
      lastName: "{{ sn }}",
      email: { from: "{{ mail | lower }}", when_empty: "skip" },
      phone: { from: "{{ mobile | digits }}", when_empty: "keep" },
    },
  };
  const rule = {
    source: `${directory}.users`,
    target: `${application}.persons`,
    mapping: NAMES.mapping,
    correlate: [
      ["externalId", "objectGUID"],
      ["email", "mail"],
    ],
    reactions: { unmatched: "create", linked: "update", source_deleted: "delete", source_disabled: "delete", orphaned: "report" },
    guards: { delete: { percent: 5, count: 20 } },
  };
  return [changeOf(["mappings", NAMES.mapping], mapping), changeOf(["rules", NAMES.rule], rule)];
}
