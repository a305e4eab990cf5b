import { TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";

/** Looks for a part of a name: the server is asked once somebody pauses. */
export function SearchField({ label, value, go }: { label: string; value: string; go: (text: string) => void }) {
  const [typed, setTyped] = useState(value);
  const later = useDebouncedCallback(go, 250);
  return (
    <TextInput
      label={label}
      leftSection={<IconSearch size={16} aria-hidden />}
      maw={420}
      value={typed}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        later(event.currentTarget.value);
      }}
    />
  );
}
