import { useQuery } from "@tanstack/react-query";
import { Outlet, useParams } from "@tanstack/react-router";
import { api, data } from "../../api/client";
import { Page } from "../../components/Page";
import { TabLinks } from "../../components/TabLinks";
import { comparison as words } from "../../texts/comparison";
import { TABS } from "./tabs";

/** One rule: how both sides stand, and what it says. */
export function RulePage() {
  const { rule } = useParams({ from: "/shell/rules/$rule" });
  const query = useQuery({ queryKey: ["rules"], queryFn: () => data(api.GET("/api/v1/rules")) });
  const found = query.data?.find((one) => one.name === rule);
  return (
    <Page title={rule} lead={found === undefined ? "" : words.lead(found.source, found.target)} help="comparison">
      {TABS.length > 1 && <TabLinks label={rule} tabs={TABS} params={{ rule }} />}
      <Outlet />
    </Page>
  );
}
