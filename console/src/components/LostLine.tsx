import { Alert } from "@mantine/core";
import { IconPlugConnectedX } from "@tabler/icons-react";
import { useLine } from "../api/stream";
import { common } from "../texts/common";
import { Moment } from "./Moment";

/** Says that what is seen may be old, while the server cannot be heard. */
export function LostLine() {
  const { line, since } = useLine();
  if (line !== "lost") return null;
  return (
    <Alert color="yellow" mb="md" py="xs" role="status" icon={<IconPlugConnectedX aria-hidden />}>
      {common.lost} <Moment at={since.toISOString()} exact />.
    </Alert>
  );
}
