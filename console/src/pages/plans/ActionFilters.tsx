import { Group, Select, Text, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { api, data } from "../../api/client";
import type { ActionKind, PlanSummary } from "../../api/schema";
import { KINDS, ORDERS, plans as words } from "../../texts/plans";
import { offered } from "./pages";
import { type Chosen, chosenOf } from "./queries";

export function useChosen(): Chosen {
  return chosenOf(useSearch({ from: "/shell/plans/$digest" }));
}

/** Filters with how many actions each of them would leave; all of them stand in the address. */
export function ActionFilters({ plan, total }: { plan: PlanSummary; total: number }) {
  const navigate = useNavigate({ from: "/plans/$digest" });
  const chosen = useChosen();
  const [typed, setTyped] = useState(chosen.search);
  const { order, ...rest } = chosen;
  const counts = useQuery({
    queryKey: ["plans", plan.digest, "counts", rest],
    queryFn: () => data(api.GET("/api/v1/plans/{digest}/action-counts", { params: { path: { digest: plan.digest }, query: rest } })),
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const go = (name: keyof Chosen, value: string) =>
    void navigate({
      replace: true,
      search: (before) => {
        const { [name]: _, ...others } = before;
        return value === "" ? others : { ...others, [name]: value };
      },
    });
  const later = useDebouncedCallback(go, 250);
  const found = counts.data;
  const places = offered(found?.places, chosen.place);
  return (
    <Group align="flex-end" gap="sm">
      <TextInput
        label={words.search}
        leftSection={<IconSearch size={16} aria-hidden />}
        value={typed}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          later("search", event.currentTarget.value);
        }}
        style={{ flex: "2 1 180px" }}
      />
      <Filter label={words.kind} now={chosen.kind ?? ""} choose={(value) => go("kind", value)} choices={offered(found?.kinds, chosen.kind ?? "", kindWord)} />
      <Filter label={words.attribute} now={chosen.attribute} choose={(value) => go("attribute", value)} choices={offered(found?.attributes, chosen.attribute)} />
      {places.length > 0 && <Filter label={words.place} now={chosen.place} choose={(value) => go("place", value)} choices={places} />}
      <Filter label={words.reason} now={chosen.reason} choose={(value) => go("reason", value)} choices={offered(found?.reasons, chosen.reason)} />
      <Select
        label={words.order}
        allowDeselect={false}
        value={order ?? "plan"}
        onChange={(value) => go("order", value === null || value === "plan" ? "" : value)}
        data={Object.entries(ORDERS).map(([value, label]) => ({ value, label }))}
        style={{ flex: "0 1 140px" }}
      />
      <Text size="sm" c="dimmed" role="status" pb={8}>
        {words.shown(total, plan.changes)}
      </Text>
    </Group>
  );
}

function kindWord(kind: string): string {
  return KINDS[kind as ActionKind] ?? kind;
}

interface FilterProps {
  label: string;
  now: string;
  choose: (value: string) => void;
  choices: readonly { value: string; label: string }[];
}

function Filter({ label, now, choose, choices }: FilterProps) {
  return (
    <Select
      label={label}
      placeholder={words.all}
      clearable
      searchable
      clearButtonProps={{ "aria-label": words.clear(label) }}
      nothingFoundMessage={words.noChoice}
      value={now === "" ? null : now}
      onChange={(value) => choose(value ?? "")}
      data={choices}
      limit={100}
      comboboxProps={{ width: "max-content", position: "bottom-start" }}
      style={{ flex: "1 1 120px" }}
    />
  );
}
