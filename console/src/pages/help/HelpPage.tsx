import { Anchor, Box, Code, ScrollArea, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { Fragment, type ReactNode, useEffect } from "react";
import Markdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";
import { Loaded } from "../../components/Loaded";
import { Empty } from "../../components/Page";
import { common } from "../../texts/common";
import { pageOf, titleOf } from "./link";

/** The documentation of this very version: each page a file of its own, read when it is opened. */
const PAGES = import.meta.glob<string>("../../../../docs/*.md", { query: "?raw", import: "default" });

export function HelpHome() {
  return <HelpText page="index" />;
}

export function HelpPage() {
  return <HelpText page={useParams({ from: "/shell/help/$page" }).page} />;
}

function HelpText({ page }: { page: string }) {
  const query = useQuery({
    queryKey: ["help", page],
    queryFn: () => PAGES[`../../../../docs/${page}.md`]?.() ?? Promise.resolve(""),
    staleTime: Number.POSITIVE_INFINITY,
  });
  useEffect(() => {
    document.title = `${common.help}: ${page} · ${common.product}`;
  }, [page]);
  return (
    <Loaded query={query}>
      {(text) =>
        text === "" ? (
          <Empty title={common.notFound.title}>{common.notFound.text}</Empty>
        ) : (
          <Box maw={860} mx="auto">
            <Markdown remarkPlugins={[remarkGfm]} components={LOOKS}>
              {text}
            </Markdown>
          </Box>
        )
      }
    </Loaded>
  );
}

const LOOKS: Components = {
  h1: ({ children }) => (
    <Title order={1} size="h2" mb="sm">
      {children}
    </Title>
  ),
  h2: ({ children }) => (
    <Title order={2} size="h3" mt="xl" mb="xs">
      {children}
    </Title>
  ),
  h3: ({ children }) => (
    <Title order={3} size="h4" mt="lg" mb="xs">
      {children}
    </Title>
  ),
  // pictures of the console, in the console, would tell nothing
  img: () => null,
  p: ({ children }) => (
    <Text my="sm" lh={1.6}>
      {children}
    </Text>
  ),
  pre: ({ children }) => <Fragment>{children}</Fragment>,
  code: ({ children }) => {
    const block = typeof children === "string" && children.includes("\n");
    if (!block) return <Code>{children}</Code>;
    return (
      <Code block my="sm" tabIndex={0}>
        {children}
      </Code>
    );
  },
  table: ({ children }) => (
    <ScrollArea my="sm" type="auto" viewportProps={{ tabIndex: 0 }}>
      <Table withTableBorder withColumnBorders={false}>
        {children}
      </Table>
    </ScrollArea>
  ),
  thead: ({ children }) => <Table.Thead>{children}</Table.Thead>,
  tbody: ({ children }) => <Table.Tbody>{children}</Table.Tbody>,
  tr: ({ children }) => <Table.Tr>{children}</Table.Tr>,
  th: ({ children }) => <Table.Th>{children}</Table.Th>,
  td: ({ children }) => <Table.Td>{children}</Table.Td>,
  a: ({ href = "", children }) => {
    const page = pageOf(href);
    if (page === null) return <Anchor underline="always" href={href}>{children}</Anchor>;
    return <Anchor underline="always" renderRoot={(props) => <Link to="/help/$page" params={{ page }} {...props} />}>{named(children)}</Anchor>;
  },
};

/** Pages are files where the texts are kept; here they are pages. */
function named(children: ReactNode): ReactNode {
  return typeof children === "string" ? titleOf(children) : children;
}
