import { Anchor, Button, Card, Code, Stack, Text, TextInput, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, data } from "../../api/client";
import type { QrCode } from "../../api/schema";
import { ProblemNote } from "../../components/ProblemNote";
import { ShownOnce } from "../../components/ShownOnce";
import { settings } from "../../texts/settings";

const words = settings.account;
const SIDE = 220;

/** An app that proves who somebody is: set up by a seed, kept once a code proves that the app has it. */
export function SecondFactorCard({ has }: { has: boolean }) {
  const [code, setCode] = useState("");
  const beginning = useMutation({ mutationFn: () => data(api.POST("/api/v1/session/second-factor/seed")) });
  const seed = beginning.data;
  const keeping = useMutation({
    mutationFn: () => data(api.PUT("/api/v1/session/second-factor", { body: { seed: seed?.seed ?? "", code } })),
  });
  return (
    <Card withBorder>
      <Stack gap="sm">
        <Title order={2} size="h4">
          {words.second}
        </Title>
        <Text size="sm">{has ? words.hasSecond : words.noSecond}</Text>
        <ProblemNote error={beginning.error ?? keeping.error} />
        {keeping.data !== undefined ? (
          <ShownOnce text={keeping.data.codes.join("\n")} lead={words.codes} />
        ) : seed === undefined ? (
          <Button variant="default" w="fit-content" onClick={() => beginning.mutate()} loading={beginning.isPending}>
            {words.begin}
          </Button>
        ) : (
          <form
            onSubmit={(event) => {
              event.preventDefault();
              keeping.mutate();
            }}
          >
            <Stack gap="sm">
              <Text size="sm">{words.scan}</Text>
              <QrDrawing code={seed.qr} />
              <Text size="sm">{words.seed}</Text>
              <Code block style={{ overflowWrap: "anywhere", whiteSpace: "pre-wrap" }}>
                {seed.seed}
              </Code>
              <Anchor href={seed.link} size="sm" underline="always" style={{ overflowWrap: "anywhere" }}>
                {seed.link.split("?")[0]}
              </Anchor>
              <TextInput label={words.prove} inputMode="numeric" autoComplete="one-time-code" required value={code} onChange={(event) => setCode(event.currentTarget.value)} />
              <Button type="submit" loading={keeping.isPending} w="fit-content">
                {words.keep}
              </Button>
            </Stack>
          </form>
        )}
      </Stack>
    </Card>
  );
}

/** Dark on light in both schemes: cameras expect it so. */
function QrDrawing({ code }: { code: QrCode }) {
  const { size, path } = code;
  return (
    <svg role="img" aria-label={words.qr} width={SIDE} height={SIDE} viewBox={`0 0 ${size} ${size}`} shapeRendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
