import { Button, Center, Checkbox, Group, ScrollArea, Table, Text, UnstyledButton } from "@mantine/core";
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { common } from "../texts/common";

export interface Column<Row> {
  key: string;
  title: string;
  cell: (row: Row) => ReactNode;
  /** the server can sort by it */
  sortable?: boolean;
  width?: number | string;
  align?: "left" | "right";
  /** left out on a narrow screen */
  wide?: boolean;
  /** one word, which is not broken */
  nowrap?: boolean;
}

interface RowTableProps<Row> {
  /** what the table holds, for whoever cannot see it */
  label: string;
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  columns: readonly Column<Row>[];
  /** `name` or `-name`, as the server sorts */
  sort?: string;
  onSort?: (sort: string) => void;
  selected?: ReadonlySet<string>;
  onSelect?: (selected: ReadonlySet<string>) => void;
  onOpen?: (row: Row) => void;
  /** there are more rows on the server */
  more?: boolean;
  loadingMore?: boolean;
  onMore?: () => void;
  /** what stands there when there is no row */
  empty?: ReactNode;
}

/** Rows of the server, a page at a time: the next page is asked for, never all of them. */
export function RowTable<Row>(props: RowTableProps<Row>) {
  const { label, rows, rowKey, columns, selected, onSelect, empty } = props;
  if (rows.length === 0 && empty !== undefined) return <>{empty}</>;
  const keys = rows.map(rowKey);
  const chosen = keys.filter((one) => selected?.has(one) ?? false);
  const all = (checked: boolean) => onSelect?.(new Set(checked ? [...(selected ?? []), ...keys] : []));
  return (
    <>
      <ScrollArea type="auto" viewportProps={{ tabIndex: 0, "aria-label": label, role: "region" }}>
        <Table aria-label={label}>
          <Table.Thead>
            <Table.Tr>
              {onSelect !== undefined && (
                <Table.Th w={40}>
                  <Checkbox
                    aria-label={common.selectAll}
                    checked={chosen.length > 0 && chosen.length === keys.length}
                    indeterminate={chosen.length > 0 && chosen.length < keys.length}
                    onChange={(event) => all(event.currentTarget.checked)}
                  />
                </Table.Th>
              )}
              {columns.map((column) => (
                <Heading key={column.key} column={column} sort={props.sort} onSort={props.onSort} />
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row) => (
              <Row key={rowKey(row)} row={row} {...props} />
            ))}
          </Table.Tbody>
        </Table>
      </ScrollArea>
      {props.more === true && (
        <Center mt="sm">
          <Button variant="default" onClick={props.onMore} loading={props.loadingMore ?? false}>
            {common.more}
          </Button>
        </Center>
      )}
    </>
  );
}

function Heading<Row>({ column, sort, onSort }: { column: Column<Row>; sort: string | undefined; onSort: ((sort: string) => void) | undefined }) {
  const shared = { w: column.width, ta: column.align ?? "left", visibleFrom: column.wide === true ? "md" : undefined } as const;
  if (column.sortable !== true || onSort === undefined) return <Table.Th {...shared}>{column.title}</Table.Th>;
  const down = sort === `-${column.key}`;
  const sorted = down || sort === column.key;
  return (
    <Table.Th {...shared} aria-sort={sorted ? (down ? "descending" : "ascending") : "none"}>
      <UnstyledButton onClick={() => onSort(sorted && !down ? `-${column.key}` : column.key)}>
        <Group gap={4} wrap="nowrap">
          <Text span fw={700} size="sm">
            {column.title}
          </Text>
          {sorted && (down ? <IconArrowDown size={14} aria-hidden /> : <IconArrowUp size={14} aria-hidden />)}
        </Group>
      </UnstyledButton>
    </Table.Th>
  );
}

function Row<Row>({ row, rowKey, columns, selected, onSelect, onOpen }: RowTableProps<Row> & { row: Row }) {
  const key = rowKey(row);
  const chosen = selected?.has(key) ?? false;
  const toggle = () => {
    const next = new Set(selected);
    if (chosen) next.delete(key);
    else next.add(key);
    onSelect?.(next);
  };
  return (
    <Table.Tr bg={chosen ? "var(--mantine-primary-color-light)" : undefined}>
      {onSelect !== undefined && (
        <Table.Td>
          <Checkbox aria-label={`${common.select} ${key}`} checked={chosen} onChange={toggle} />
        </Table.Td>
      )}
      {columns.map((column, number) => (
        <Table.Td key={column.key} ta={column.align ?? "left"} visibleFrom={column.wide === true ? "md" : undefined} style={column.nowrap === true ? { whiteSpace: "nowrap" } : undefined}>
          {onOpen !== undefined && number === 0 ? (
            <UnstyledButton onClick={() => onOpen(row)} c="var(--mantine-color-anchor)" fw={550} fz="sm">
              {column.cell(row)}
            </UnstyledButton>
          ) : (
            column.cell(row)
          )}
        </Table.Td>
      ))}
    </Table.Tr>
  );
}

