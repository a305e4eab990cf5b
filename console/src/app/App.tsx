import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { queries } from "../api/queries";
import { ProofDialog } from "../components/ProofDialog";
import { NONCE } from "./page";
import { router } from "./router";
import { contrasts, theme } from "./theme";

export function App() {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={contrasts}
      defaultColorScheme="auto"
      getStyleNonce={() => NONCE}
    >
      <QueryClientProvider client={queries}>
        <Notifications position="bottom-right" />
        <ProofDialog />
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  );
}
