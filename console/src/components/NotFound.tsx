import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { common } from "../texts/common";
import { Empty, Page } from "./Page";

export function NotFound() {
  const words = common.notFound;
  return (
    <Page title={words.title}>
      <Empty title={words.text} action={<Button renderRoot={(props) => <Link to="/" {...props} />}>{words.home}</Button>} />
    </Page>
  );
}
