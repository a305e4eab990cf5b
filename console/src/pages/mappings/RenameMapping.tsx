import { Button } from "@mantine/core";
import { IconPencil } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { api, data } from "../../api/client";
import { changeOf, documentQuery } from "../../api/draft";
import { at, tree } from "../../api/json";
import { Problem } from "../../api/problem";
import { NameDialog } from "../../components/NameDialog";
import { ProblemNote } from "../../components/ProblemNote";
import { mappings as words } from "../../texts/mappings";

/** Gives a mapping another name, and the rules that use it with it: all at once, or nothing. */
export function RenameMapping({ mapping }: { mapping: string }) {
  const { name: application } = useParams({ from: "/shell/applications/$name/mappings/$mapping" });
  const [asked, setAsked] = useState(false);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const renaming = useMutation({
    mutationFn: async (name: string) => {
      // what is in force now, and not what the page read: nobody's edit meanwhile is undone
      const { etag, value } = await queries.fetchQuery({ ...documentQuery, staleTime: 0 });
      const mappings = tree(at(value, ["mappings"]));
      if (name in mappings) throw new Problem({ status: 409, type: "urn:keepstep:problem:name_taken", detail: words.taken(name) });
      const rules = Object.entries(tree(at(value, ["rules"]))).filter(([, rule]) => tree(rule)["mapping"] === mapping);
      const changes = [changeOf(["mappings", name], mappings[mapping]), ...rules.map(([rule]) => changeOf(["rules", rule, "mapping"], name)), changeOf(["mappings", mapping], undefined)];
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
