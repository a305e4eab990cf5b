import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState } from "react";
import { proofLoadedBy } from "../api/proof";
import { onWanted, wantLater } from "../components/later";
import { queries } from "../api/queries";
import { NONCE } from "./page";
import { router } from "./router";
import { contrasts, theme } from "./theme";

proofLoadedBy(wantLater);

const Later = lazy(() => import("./Later").then((one) => ({ default: one.Later })));

export function App() {
  const [wanted, setWanted] = useState(false);
  useEffect(() => onWanted(() => setWanted(true)), []);
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={contrasts}
      defaultColorScheme="auto"
      getStyleNonce={() => NONCE}
    >
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
        {wanted && (
          <Suspense>
            <Later />
          </Suspense>
        )}
      </QueryClientProvider>
    </MantineProvider>
  );
}
