import { Button } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { documentQuery, removePart } from "../../api/draft";
import { ConfirmDialog } from "../../components/ConfirmDialog";
import { ProblemNote } from "../../components/ProblemNote";
import { roles as words } from "../../texts/roles";
import { groupsWith } from "./role";
import { holdersOf } from "./roles";

/** Takes a role away, once it was said who has it. */
export function RemoveRole({ role }: { role: string }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const asking = useMutation({
    mutationFn: async () => {
      const [holders, document] = await Promise.all([holdersOf(role), queries.fetchQuery({ ...documentQuery, staleTime: 0 })]);
      return { holders, groups: groupsWith(document.value, role) };
    },
  });
  const removing = useMutation({
    mutationFn: () => removePart(queries, ["roles", role]),
    onSuccess: async () => {
      await navigate({ to: "/settings/roles" });
      await queries.invalidateQueries();
    },
  });
  const close = () => {
    asking.reset();
    removing.reset();
  };
  return (
    <>
      <ProblemNote error={asking.error} />
      <Button size="compact-md" variant="default" leftSection={<IconTrash size={16} aria-hidden />} loading={asking.isPending} onClick={() => asking.mutate()}>
        {words.remove}
      </Button>
      {asking.data !== undefined && (
        <ConfirmDialog title={words.removeTitle(role)} text={textOf(asking.data)} go={words.remove} danger busy={removing.isPending} error={removing.error} onGo={() => removing.mutate()} close={close} />
      )}
    </>
  );
}

function textOf({ holders, groups }: { holders: readonly string[]; groups: readonly string[] }): string {
  const told = [];
  if (holders.length > 0) told.push(words.held(holders.join(", ")));
  if (groups.length > 0) told.push(words.delegated(groups.join("; ")));
  return told.length === 0 ? words.unused : told.join(" ");
}
