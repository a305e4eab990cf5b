import { Anchor, Card, Group, SegmentedControl, Select, Stack, Switch, Text, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import type { AccountListed, ConnectionListed } from "../../api/schema";
import { useMay } from "../../api/session";
import { Standing } from "../../components/Facts";
import { Loaded } from "../../components/Loaded";
import { Empty, Page } from "../../components/Page";
import { RowTable } from "../../components/RowTable";
import { directory as words } from "../../texts/directory";
import { ChosenBar } from "./ChosenBar";
import classes from "./directory.module.css";
import { accountsQuery, directoriesQuery } from "./queries";
import type { DirectorySearch, Kind } from "./routes";
import { UnitTree } from "./UnitTree";

/** Users and groups of a directory: by container, by what they are called, by how they stand. */
export function DirectoryPage() {
  const query = useQuery(directoriesQuery);
  return (
    <Page title={words.title} lead={words.lead} help="directory">
      <Loaded query={query}>
        {(directories) => {
          const [first] = directories;
          return first === undefined ? <NoDirectory /> : <Directory directories={directories} first={first.name} />;
        }}
      </Loaded>
    </Page>
  );
}

function NoDirectory() {
  return (
    <Card withBorder>
      <Empty title={words.none} action={<Anchor renderRoot={(props) => <Link to="/applications" {...props} />}>{words.toApplications}</Anchor>}>
        {words.noneText}
      </Empty>
    </Card>
  );
}

function Directory({ directories, first }: { directories: readonly ConnectionListed[]; first: string }) {
  const asked = useSearch({ from: "/shell/directory" });
  const navigate = useNavigate({ from: "/directory" });
  const go = (search: DirectorySearch) => void navigate({ search: without(search), replace: true });
  const connection = directories.some((one) => one.name === asked.connection) ? (asked.connection ?? first) : first;
  return (
    <div className={classes["columns"]}>
      <Card withBorder padding="sm">
        <Stack gap="sm">
          {directories.length > 1 && (
            <Select label={words.connection} allowDeselect={false} data={directories.map((one) => one.name)} value={connection} onChange={(name) => name !== null && go({ connection: name })} />
          )}
          <UnitTree key={connection} connection={connection} within={asked.within ?? ""} go={(within) => go({ ...asked, connection, within })} />
        </Stack>
      </Card>
      <Stack gap="sm" miw={0}>
        <Filters asked={asked} go={go} />
        <AccountList key={`${connection} ${asked.objects ?? "users"}`} connection={connection} asked={asked} />
      </Stack>
    </div>
  );
}

function Filters({ asked, go }: { asked: DirectorySearch; go: (search: DirectorySearch) => void }) {
  const [text, setText] = useState(asked.search ?? "");
  const later = useDebouncedCallback((next: string) => go({ ...asked, search: next }), 300);
  const users = asked.objects !== "groups";
  return (
    <Group gap="sm" align="flex-end">
      <TextInput
        type="search"
        aria-label={words.search}
        placeholder={words.search}
        leftSection={<IconSearch size={16} aria-hidden />}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          later(event.currentTarget.value);
        }}
        flex="1 1 240px"
      />
      <SegmentedControl
        aria-label={words.objects}
        value={users ? "users" : "groups"}
        onChange={(next) => go({ ...asked, objects: next === "groups" ? "groups" : "users" })}
        data={(["users", "groups"] as const).map((value) => ({ value, label: words[value] }))}
      />
      {users && (
        <Select
          aria-label={words.state}
          placeholder={words.any}
          clearable
          clearButtonProps={{ "aria-label": words.any }}
          data={(["enabled", "disabled"] as const).map((value) => ({ value, label: words[value] }))}
          value={asked.state ?? null}
          onChange={(next) => go({ ...asked, ...(next === "enabled" || next === "disabled" ? { state: next } : { state: "" as never }) })}
          w={150}
        />
      )}
      {asked.within !== undefined && <Switch label={words.flat} checked={asked.flat === true} onChange={(event) => go({ ...asked, flat: (event.currentTarget.checked || undefined) as never })} />}
    </Group>
  );
}

function AccountList({ connection, asked }: { connection: string; asked: DirectorySearch }) {
  const query = useQuery(accountsQuery(connection, asked));
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const mayChange = useMay("change_accounts");
  const mayRun = useMay("run_templates");
  const kind: Kind = asked.objects ?? "users";
  return (
    <Loaded query={query}>
      {({ items, more }) => (
        <Stack gap="sm">
          <Text size="sm" c="dimmed" role="status">
            {more ? words.more(items.length) : words.found(items.length)}{" "}
            {more && (
              <Anchor size="sm" underline="always" renderRoot={(props) => <Link to="/applications/$name/people" params={{ name: connection }} search={{}} {...props} />}>
                {words.whole}
              </Anchor>
            )}
          </Text>
          {shownOf(items, chosen).length > 0 && <ChosenBar connection={connection} objects={kind} keys={shownOf(items, chosen)} clear={() => setChosen(new Set())} />}
          <RowTable
            label={words.list}
            rows={items}
            rowKey={(row) => row.key}
            {...(mayChange || mayRun ? { selected: chosen, onSelect: setChosen } : {})}
            columns={[
              { key: "name", title: words.name, cell: (row) => <Name connection={connection} objects={kind} row={row} /> },
              { key: "account", title: words.account, cell: (row) => <span className="mono">{held(row, "sAMAccountName") || held(row, "uid")}</span>, wide: true, nowrap: true },
              { key: "mail", title: words.mail, cell: (row) => held(row, "mail"), wide: true },
              kind === "users"
                ? { key: "job", title: words.job, cell: (row) => [held(row, "title"), held(row, "department")].filter(Boolean).join(" · "), wide: true }
                : { key: "description", title: words.description, cell: (row) => held(row, "description"), wide: true },
              ...(kind === "users" ? [{ key: "state", title: words.state, width: 130, cell: (row: AccountListed) => <State row={row} /> }] : []),
            ]}
            empty={<Empty title={words.nobody}>{words.nobodyText}</Empty>}
          />
        </Stack>
      )}
    </Loaded>
  );
}

function Name({ connection, objects, row }: { connection: string; objects: Kind; row: AccountListed }) {
  return (
    <Anchor fw={550} size="sm" title={row.dn} renderRoot={(props) => <Link to="/directory/$connection/$objects/$key" params={{ connection, objects, key: row.key }} search={{}} {...props} />}>
      {row.name}
    </Anchor>
  );
}

function State({ row }: { row: AccountListed }) {
  const enabled = held(row, "enabled");
  if (held(row, "lockedOut") === "true") return <Standing kind="warn">{words.locked}</Standing>;
  if (enabled === "") return null;
  return enabled === "true" ? <Standing kind="good">{words.enabled}</Standing> : <Standing kind="calm">{words.disabled}</Standing>;
}

/** Who of those that are shown is chosen: nothing is done to somebody out of sight. */
function shownOf(items: readonly AccountListed[], chosen: ReadonlySet<string>): string[] {
  return items.map((row) => row.key).filter((key) => chosen.has(key));
}

function held(row: AccountListed, name: string): string {
  return row.attributes[name]?.[0] ?? "";
}

/** Return *search* without what says nothing. */
function without(search: DirectorySearch): DirectorySearch {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== "" && value !== undefined)) as DirectorySearch;
}
