/** What is asked for of a channel and of a notification rule: the keys of keepstep.yaml, in order. */

import { tree, type Tree } from "../../api/json";
import type { SpecField } from "../../components/SpecFields";
import { notify as words } from "../../texts/notify";

const by = (kind: string) => (part: Tree) => part["kind"] === kind;
const mail = by("email");
const hook = by("webhook");
const chat = by("chat");
const file = by("file");
const c = words.channel;

export const CHANNEL: readonly SpecField[] = [
  { path: "kind", label: c.kind, kind: "choice", choices: c.kinds, required: true, wide: true },
  { path: "host", label: c.host, kind: "text", required: true, mono: true, when: mail },
  { path: "port", label: c.port, kind: "number", fallback: 587, when: mail },
  { path: "from", label: c.from, kind: "text", required: true, when: mail },
  { path: "tls", label: c.tls, kind: "choice", choices: c.tlsChoices, fallback: "starttls", when: mail },
  { path: "to", label: c.to, kind: "list", required: true, hint: c.toHint, wide: true, when: mail },
  { path: "user", label: c.user, kind: "text", when: mail },
  { path: "password", label: c.password, kind: "secret", when: mail },
  { path: "ca_file", label: c.caFile, kind: "text", mono: true, more: true, when: mail },
  { path: "webhook", label: c.webhook, kind: "text", required: true, hint: c.webhookHint, mono: true, when: hook },
  { path: "with", label: c.values, kind: "rows", when: hook },
  { path: "file", label: c.file, kind: "text", required: true, hint: c.fileHint, mono: true, when: file },
  { path: "url", label: c.url, kind: "secret", required: true, when: chat },
  { path: "style", label: c.style, kind: "choice", choices: c.styles, fallback: "slack", when: chat },
  { path: "timeout", label: c.timeout, kind: "number", fallback: 20, more: true, when: (part) => mail(part) || chat(part) },
  { path: "description", label: c.description, kind: "text", wide: true },
];

const OUTCOMES = ["waiting_for_approval", "succeeded", "done", "partial", "failed", "guarded", "incomplete", "rejected", "paused", "circuit_opened", "circuit_closed"];
const choices = (names: readonly string[]) => names.map((value) => ({ value, label: value }));
const r = words.rule;

/** Return the fields of a rule, with what *document* has that it can name. */
export function ruleFields(document: unknown): readonly SpecField[] {
  const names = (part: string) => choices(Object.keys(tree(tree(document)[part])));
  return [
    { path: "to", label: r.to, kind: "list", choices: names("channels"), required: true, wide: true },
    { path: "severity", label: r.severity, kind: "choice", choices: r.severities, fallback: "info" },
    { path: "outcomes", label: r.outcomes, kind: "list", choices: choices(OUTCOMES), hint: r.outcomesHint },
    { path: "automations", label: r.automations, kind: "list", choices: names("automations") },
    { path: "connections", label: r.connections, kind: "list", choices: names("connections") },
    { path: "digest", label: r.digest, kind: "text", hint: r.digestHint },
    { path: "timezone", label: r.timezone, kind: "text", fallback: "UTC" },
    { path: "actions", label: r.actions, kind: "list", hint: r.actionsHint, more: true },
    { path: "urgent", label: r.urgent, kind: "choice", choices: r.severities, fallback: "error", more: true },
    { path: "subject", label: r.subject, kind: "text", fallback: "{{ with.subject }}", mono: true, wide: true, more: true },
    { path: "text", label: r.text, kind: "area", fallback: "{{ with.text }}", mono: true, more: true },
  ];
}

/** Return *next*; where the kind of channel is another, what belonged to the kind before is left out. */
export function ofKind(before: Tree, next: Tree): Tree {
  if (before["kind"] === next["kind"]) return next;
  const { kind, description } = next;
  return { ...(kind === undefined ? {} : { kind }), ...(description === undefined ? {} : { description }) };
}

export interface RuleRow {
  name: string;
  to: string;
  severity: string;
}

/** Return the notification rules of *document*. */
export function rulesOf(document: unknown): RuleRow[] {
  return Object.entries(tree(tree(document)["notifications"])).map(([name, held]) => {
    const { to, severity } = tree(held);
    return { name, to: Array.isArray(to) ? to.join(", ") : String(to ?? ""), severity: String(severity ?? "info") };
  });
}
