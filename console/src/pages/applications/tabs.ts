import type { TabLink } from "../../components/TabLinks";

/** The tabs of a REST application, in this order. A tab of another page is one more line, and a route below `applicationRoute`. */
export const REST_TABS: readonly TabLink[] = [
  { label: "Authorization", to: "/applications/$name", exact: true },
  { label: "Inbound", to: "/applications/$name/inbound" },
  { label: "Mappings", to: "/applications/$name/mappings" },
  { label: "Outbound", to: "/applications/$name/outbound" },
  { label: "People", to: "/applications/$name/people" },
];

/** Those of a directory or a table. */
export const OTHER_TABS: readonly TabLink[] = [
  { label: "Connection", to: "/applications/$name", exact: true },
  { label: "Mappings", to: "/applications/$name/mappings" },
  { label: "People", to: "/applications/$name/people" },
];
