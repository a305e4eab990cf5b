import "@mantine/notifications/styles.css";
import { Notifications } from "@mantine/notifications";
import { ProofDialog } from "../components/ProofDialog";

/** Toasts, and the question who somebody is: there in time, and not part of the first load. */
export function Later() {
  return (
    <>
      {/* below them stands what saves */}
      <Notifications position="top-center" />
      <ProofDialog />
    </>
  );
}
