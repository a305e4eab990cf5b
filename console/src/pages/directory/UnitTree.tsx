import { ActionIcon, Group, Text, UnstyledButton } from "@mantine/core";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { LoadingRows } from "../../components/Page";
import { ProblemNote } from "../../components/ProblemNote";
import { directory as words } from "../../texts/directory";
import classes from "./directory.module.css";
import { unitsQuery } from "./queries";

interface TreeProps {
  connection: string;
  /** the container that is looked into; empty: all of them */
  within: string;
  go: (within: string) => void;
}

/** The containers of a directory: each is read when it is opened. */
export function UnitTree(props: TreeProps) {
  return (
    <nav aria-label={words.containers} className={classes["tree"]}>
      <Node dn="" name={words.everywhere} shown={props.within} go={props.go} />
      <Level {...props} parent="" />
    </nav>
  );
}

function Level({ connection, parent, within, go }: TreeProps & { parent: string }) {
  const query = useQuery(unitsQuery(connection, parent));
  if (query.error !== null) return <ProblemNote error={query.error} retry={() => void query.refetch()} />;
  if (query.data === undefined) return <LoadingRows rows={2} height={26} />;
  if (query.data.length === 0) {
    return parent === "" ? null : (
      <Text size="xs" c="dimmed" pl={28}>
        {words.noUnits}
      </Text>
    );
  }
  return (
    <ul>
      {query.data.map((one) => (
        <Branch key={one.dn} connection={connection} dn={one.dn} name={one.name} within={within} go={go} first={parent === ""} />
      ))}
    </ul>
  );
}

function Branch({ connection, dn, name, within, go, first }: TreeProps & { dn: string; name: string; first: boolean }) {
  // the way to the container that the address names is open
  const [open, setOpen] = useState(first || within.toLowerCase().endsWith(`,${dn.toLowerCase()}`));
  return (
    <li>
      <Group gap={2} wrap="nowrap">
        <ActionIcon variant="subtle" color="gray" size="sm" aria-expanded={open} aria-label={open ? words.close(name) : words.open(name)} onClick={() => setOpen(!open)}>
          {open ? <IconChevronDown size={14} aria-hidden /> : <IconChevronRight size={14} aria-hidden />}
        </ActionIcon>
        <Node dn={dn} name={name} shown={within} go={go} />
      </Group>
      {open && <Level connection={connection} parent={dn} within={within} go={go} />}
    </li>
  );
}

function Node({ dn, name, shown, go }: { dn: string; name: string; shown: string; go: (within: string) => void }) {
  const here = dn === shown;
  return (
    <UnstyledButton className={classes["node"]} data-active={here || undefined} aria-current={here ? "location" : undefined} title={dn} onClick={() => go(dn)}>
      {name}
    </UnstyledButton>
  );
}
