import { Button, Group, Modal, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { api } from "../api/client";
import { asProblem, type Problem } from "../api/problem";
import { provedBy } from "../api/proof";
import { common } from "../texts/common";
import { ProblemNote } from "./ProblemNote";

/** Asks for the password again when a request needs a fresh proof, and lets the request go on. */
export function ProofDialog() {
  const [opened, setOpened] = useState(false);
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const answer = useRef<(given: boolean) => void>(() => undefined);

  useEffect(() => {
    provedBy(
      () =>
        new Promise((resolve) => {
          answer.current = resolve;
          setPassword("");
          setCode("");
          setProblem(null);
          setOpened(true);
        }),
    );
  }, []);

  const end = (given: boolean) => {
    setOpened(false);
    answer.current(given);
  };
  const prove = async () => {
    try {
      await api.POST("/api/v1/session/proof", { body: { password, code } });
      end(true);
    } catch (error) {
      setProblem(asProblem(error));
    }
  };
  const words = common.proof;
  return (
    <Modal opened={opened} onClose={() => end(false)} title={words.title}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void prove();
        }}
      >
        <Stack>
          <Text size="sm">{words.text}</Text>
          <ProblemNote error={problem} />
          <PasswordInput
            label={words.password}
            autoComplete="current-password"
            data-autofocus
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <TextInput
            label={words.code}
            description={words.codeHint}
            autoComplete="one-time-code"
            value={code}
            onChange={(event) => setCode(event.currentTarget.value)}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={() => end(false)}>
              {common.cancel}
            </Button>
            <Button type="submit" disabled={password === ""}>
              {words.go}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
