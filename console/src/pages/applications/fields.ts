/** What is asked for of each kind of connection and of each kind of authorization: the keys of keepstep.yaml, in order. */

import type { SpecField } from "../../components/SpecFields";
import type { Tree } from "../../api/json";
import { fieldTexts as words } from "../../texts/application-fields";

const inHeader = (part: Tree) => part["place"] !== "query";
const inQuery = (part: Tree) => part["place"] === "query";

const PLACED: readonly SpecField[] = [
  { path: "place", label: words.place, kind: "choice", choices: words.places, fallback: "header", more: true },
  { path: "header", label: words.header, kind: "text", fallback: "Authorization", mono: true, when: inHeader, more: true },
  { path: "prefix", label: words.prefix, kind: "text", hint: words.prefixHint, mono: true, when: inHeader, more: true },
  { path: "param", label: words.param, kind: "text", mono: true, required: true, when: inQuery, more: true },
];
const CLIENT: readonly SpecField[] = [
  { path: "scope", label: words.scope, kind: "text", mono: true },
  { path: "client_authentication", label: words.clientAuthentication, kind: "choice", choices: words.clientAuthentications, fallback: "post", more: true },
  { path: "header", label: words.header, kind: "text", fallback: "Authorization", mono: true, more: true },
  { path: "prefix", label: words.prefix, kind: "text", fallback: "Bearer", mono: true, more: true },
  { path: "extra", label: words.extra, kind: "rows", hint: words.extraHint, more: true },
];

export const AUTHORIZATIONS: Readonly<Record<string, { label: string; about: string; fields: readonly SpecField[] }>> = {
  basic: {
    ...words.kinds.basic,
    fields: [
      { path: "username", label: words.username, kind: "text", required: true },
      { path: "password", label: words.password, kind: "secret", required: true },
    ],
  },
  api_key: { ...words.kinds.api_key, fields: [{ path: "key", label: words.key, kind: "secret", required: true }, ...PLACED] },
  bearer: { ...words.kinds.bearer, fields: [{ path: "token", label: words.token, kind: "secret", required: true }] },
  oauth2: {
    ...words.kinds.oauth2,
    fields: [
      { path: "client_id", label: words.clientId, kind: "text", required: true, mono: true },
      { path: "token_url", label: words.tokenUrl, kind: "text", fallback: "/auth/1/oauth2/token", mono: true },
      { path: "client_secret", label: words.clientSecret, kind: "secret", required: true },
      ...CLIENT,
    ],
  },
  oauth2_code: {
    ...words.kinds.oauth2_code,
    fields: [
      { path: "client_id", label: words.clientId, kind: "text", required: true, mono: true },
      { path: "authorize_url", label: words.authorizeUrl, kind: "text", required: true, mono: true },
      { path: "token_url", label: words.tokenUrl, kind: "text", required: true, mono: true },
      { path: "callback", label: words.callback, kind: "text", fallback: "http://127.0.0.1:8765/callback", hint: words.callbackHint, mono: true },
      { path: "client_secret", label: words.clientSecret, kind: "secret", hint: words.clientSecretHint },
      ...CLIENT,
    ],
  },
  session: {
    ...words.kinds.session,
    fields: [
      { path: "username", label: words.username, kind: "text", required: true },
      { path: "password", label: words.password, kind: "secret", required: true },
      { path: "path", label: words.sessionPath, kind: "text", fallback: "/auth/1/session", mono: true, more: true },
      { path: "prefix", label: words.prefix, kind: "text", fallback: "IBSSO", mono: true, more: true },
      { path: "lifetime", label: words.lifetime, kind: "number", fallback: 3300, more: true },
    ],
  },
  token: {
    ...words.kinds.token,
    fields: [
      { path: "method", label: words.method, kind: "choice", choices: ["POST", "GET", "PUT"].map((value) => ({ value, label: value })), fallback: "POST" },
      { path: "url", label: words.tokenUrl, kind: "text", required: true, mono: true },
      { path: "headers", label: words.headers, kind: "rows" },
      { path: "params", label: words.params, kind: "rows" },
      { path: "body", label: words.body, kind: "rows", hint: words.bodyHint },
      { path: "body_type", label: words.bodyType, kind: "choice", choices: words.bodyTypes, fallback: "json" },
      { path: "token_path", label: words.tokenPath, kind: "text", required: true, hint: words.tokenPathHint, mono: true },
      { path: "expires_path", label: words.expiresPath, kind: "text", mono: true, more: true },
      { path: "lifetime", label: words.lifetime, kind: "number", fallback: 3300, more: true },
      ...PLACED,
    ],
  },
  none: { ...words.kinds.none, fields: [] },
};

const DESCRIPTION: SpecField = { path: "description", label: words.description, kind: "text", wide: true };
const PROTECTED: SpecField = { path: "protected", label: words.protected, kind: "list", hint: words.protectedHint, more: true, wide: true };
const TIMEOUT: SpecField = { path: "timeout", label: words.timeout, kind: "number", fallback: 30, more: true };
const CA: SpecField = { path: "ca_file", label: words.caFile, kind: "text", hint: words.caFileHint, mono: true, more: true };
const SCOPES: readonly SpecField[] = [
  { path: "users.base", label: words.usersBase, kind: "text", mono: true },
  { path: "users.filter", label: words.usersFilter, kind: "text", mono: true },
  { path: "groups.base", label: words.groupsBase, kind: "text", mono: true, more: true },
  { path: "groups.filter", label: words.groupsFilter, kind: "text", mono: true, more: true },
];
const isSimple = (part: Tree) => (part["bind"] as Tree | undefined)?.["method"] !== "kerberos";
const isKerberos = (part: Tree) => !isSimple(part);
const BIND: readonly SpecField[] = [
  { path: "bind.method", label: words.bindMethod, kind: "choice", choices: words.bindMethods, required: true },
  { path: "bind.user", label: words.bindUser, kind: "text", required: true, when: isSimple, mono: true },
  { path: "bind.password", label: words.password, kind: "secret", required: true, when: isSimple },
  { path: "bind.principal", label: words.principal, kind: "text", when: isKerberos, mono: true },
  { path: "bind.keytab", label: words.keytab, kind: "text", when: isKerberos, mono: true },
];
const LDAP_URL: SpecField = { path: "url", label: words.ldapUrl, kind: "text", required: true, mono: true, hint: words.ldapUrlHint };
const BASE: SpecField = { path: "base", label: words.base, kind: "text", required: true, mono: true, hint: words.baseHint };
const START_TLS: SpecField = { path: "start_tls", label: words.startTls, kind: "switch", more: true };
const NEW_ACCOUNTS: readonly SpecField[] = [
  { path: "new_accounts.container", label: words.container, kind: "text", mono: true, more: true },
  { path: "new_accounts.create_missing_containers", label: words.createContainers, kind: "switch", more: true },
];

/** The fields of each kind of connection; those of its authorization stand beside them. */
export const CONNECTIONS: Readonly<Record<string, readonly SpecField[]>> = {
  rest: [
    { path: "base_url", label: words.baseUrl, kind: "text", required: true, mono: true, wide: true, hint: words.baseUrlHint },
    DESCRIPTION,
    { path: "headers", label: words.headers, kind: "rows", hint: words.headersHint, more: true },
    TIMEOUT,
    { path: "pace", label: words.pace, kind: "number", fallback: 0.6, hint: words.paceHint, more: true },
    CA,
    PROTECTED,
  ],
  active_directory: [
    LDAP_URL,
    BASE,
    ...BIND,
    ...SCOPES,
    DESCRIPTION,
    START_TLS,
    CA,
    { path: "global_catalog", label: words.globalCatalog, kind: "text", mono: true, more: true },
    ...NEW_ACCOUNTS,
    TIMEOUT,
    PROTECTED,
  ],
  ldap: [
    LDAP_URL,
    BASE,
    ...BIND,
    ...SCOPES,
    { path: "users.disabled", label: words.usersDisabled, kind: "text", mono: true, hint: words.usersDisabledHint, more: true },
    DESCRIPTION,
    START_TLS,
    CA,
    TIMEOUT,
  ],
  ldif: [
    { path: "file", label: words.file, kind: "text", required: true, mono: true, hint: words.fileHint },
    { path: "base", label: words.base, kind: "text", mono: true },
    ...SCOPES,
    DESCRIPTION,
    ...NEW_ACCOUNTS,
    PROTECTED,
  ],
  table: [
    { path: "file", label: words.file, kind: "text", required: true, mono: true, hint: words.fileHint },
    { path: "key", label: words.tableKey, kind: "text", required: true, hint: words.tableKeyHint },
    { path: "columns", label: words.columns, kind: "rows", hint: words.columnsHint },
    { path: "rows", label: words.tableRows, kind: "choice", choices: words.tableRowsChoices, fallback: "all" },
    { path: "separator", label: words.separator, kind: "text", fallback: "auto", mono: true, more: true },
    { path: "encoding", label: words.encoding, kind: "text", fallback: "auto", mono: true, more: true },
    { path: "header_row", label: words.headerRow, kind: "number", fallback: 1, more: true },
    { path: "sheet", label: words.sheet, kind: "text", more: true },
    DESCRIPTION,
  ],
};
