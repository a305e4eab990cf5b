import { Anchor, Box, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconHelpCircle } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useEffect } from "react";
import { common } from "../texts/common";

interface PageProps {
  title: string;
  /** one calm line below the title */
  lead?: ReactNode;
  /** the documentation page about this, without `.md` */
  help?: string;
  actions?: ReactNode;
  children: ReactNode;
}

/** One page: its title, what can be done, where help is, and what it shows. */
export function Page({ title, lead, help, actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · ${common.product}`;
  }, [title]);
  return (
    <Stack gap="lg" maw={1440} mx="auto">
      <Group justify="space-between" align="flex-start" gap="sm">
        <Box>
          <Group gap="xs" align="center">
            <Title order={1} size="h2">
              {title}
            </Title>
            {help !== undefined && <HelpLink page={help} />}
          </Group>
          {lead !== undefined && (
            <Text c="dimmed" size="sm" mt={2} component="div">
              {lead}
            </Text>
          )}
        </Box>
        {actions !== undefined && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </Stack>
  );
}

/** Leads to a page of the documentation that is shipped with the product. */
export function HelpLink({ page }: { page: string }) {
  return (
    <Anchor renderRoot={(props) => <Link to="/help/$page" params={{ page }} {...props} />} aria-label={`${common.help}: ${page}`} lh={0}>
      <IconHelpCircle size={20} stroke={1.6} aria-hidden />
    </Anchor>
  );
}

/** What stands where rows will be: as high as they are, so that nothing jumps. */
export function LoadingRows({ rows = 6, height = 36 }: { rows?: number; height?: number }) {
  return (
    <Stack gap={8} role="status" aria-label={common.loading}>
      {Array.from({ length: rows }, (_, number) => (
        // oxlint-disable-next-line react/no-array-index-key -- the bars are all the same
        <Skeleton key={number} height={height} radius="sm" />
      ))}
    </Stack>
  );
}

/** Says that there is nothing, and what to do about it. */
export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <Stack align="center" gap="xs" py={48} px="md" ta="center">
      <Text fw={600}>{title}</Text>
      {children !== undefined && (
        <Text c="dimmed" size="sm" maw={520} component="div">
          {children}
        </Text>
      )}
      {action}
    </Stack>
  );
}
