import { Button } from "@mantine/core";
import { IconPencil } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { api, data } from "../../api/client";
import { changeOf, documentQuery } from "../../api/draft";
import type { Tree } from "../../api/json";
import { NameDialog } from "../../components/NameDialog";
import { ProblemNote } from "../../components/ProblemNote";
import { mappings as words } from "../../texts/mappings";

/** Gives a mapping another name, and the rules that use it with it: all at once, or nothing. */
export function RenameMapping({ mapping, spec, rules }: { mapping: string; spec: Tree; rules: readonly string[] }) {
  const { name: application } = useParams({ from: "/shell/applications/$name/mappings/$mapping" });
  const [asked, setAsked] = useState(false);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const renaming = useMutation({
    mutationFn: async (name: string) => {
      const { etag } = await queries.fetchQuery({ ...documentQuery, staleTime: 0 });
      const changes = [changeOf(["mappings", name], spec), ...rules.map((rule) => changeOf(["rules", rule, "mapping"], name)), changeOf(["mappings", mapping], undefined)];
      await data(api.PATCH("/api/v1/configuration", { params: { header: { "if-match": etag } }, body: { changes } }));
      return name;
    },
    onSuccess: async (name) => {
      await navigate({ to: "/applications/$name/mappings/$mapping", params: { name: application, mapping: name } });
      await queries.invalidateQueries();
    },
  });
  return (
    <>
      <ProblemNote error={renaming.error} />
      <Button size="compact-md" variant="default" leftSection={<IconPencil size={16} aria-hidden />} loading={renaming.isPending} onClick={() => setAsked(true)}>
        {words.rename}
      </Button>
      {asked && (
        <NameDialog
          title={words.renameTitle(mapping)}
          label={words.name}
          hint={words.nameHint}
          action={words.rename.replace("…", "")}
          go={(name) => {
            setAsked(false);
            if (name !== mapping) renaming.mutate(name);
          }}
          close={() => setAsked(false)}
        />
      )}
    </>
  );
}
