import "@mantine/spotlight/styles.css";
import { Spotlight, type SpotlightActionData, type SpotlightActionGroupData, createSpotlight } from "@mantine/spotlight";
import { IconSearch } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";
import { common } from "../texts/common";
import type { Place } from "./places";

const [store, spotlight] = createSpotlight();

/** Everything by typing: where to go. Opened by Ctrl K. */
export function Palette({ places, close }: { places: readonly Place[]; close: () => void }) {
  const navigate = useNavigate();
  useEffect(() => spotlight.open(), []);
  const actions: (SpotlightActionData | SpotlightActionGroupData)[] = places.map((one) => ({
    id: one.to,
    label: one.label,
    keywords: one.words ?? "",
    leftSection: <one.icon size={18} stroke={1.6} aria-hidden />,
    onClick: () => void navigate({ to: one.to }),
  }));
  return (
    <Spotlight
      store={store}
      actions={actions}
      shortcut={null}
      nothingFound={common.nothingFound}
      highlightQuery
      onSpotlightClose={close}
      searchProps={{ leftSection: <IconSearch size={18} aria-hidden />, placeholder: common.search, "aria-label": common.search }}
    />
  );
}
