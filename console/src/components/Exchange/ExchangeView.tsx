import { Badge, Group, Text } from "@mantine/core";
import { useMemo } from "react";
import { exchange as words } from "../../texts/exchange";
import { duration } from "../Moment";
import classes from "./Exchange.module.css";
import { jsonOf, type ShownAnswer, type ShownCall, type ShownRequest } from "./exchange";
import { JsonTree } from "./JsonTree";

/** A request and its answer side by side, one below the other where it is narrow; secrets came masked. */
export function ExchangeView({ call, label }: { call: ShownCall; label?: string }) {
  return (
    <div className={classes["sides"]} role="group" aria-label={label ?? words.pair(1)}>
      <RequestView request={call.request} />
      <AnswerView answer={call.answer ?? null} />
    </div>
  );
}

/** A request alone, as a dry run shows it. */
export function RequestView({ request }: { request: ShownRequest }) {
  return (
    <section className={classes["side"]} aria-label={words.request}>
      <Group gap={8} wrap="nowrap" align="flex-start">
        <MethodMark method={request.method} />
        <span className={`mono ${classes["url"] ?? ""}`}>{request.url}</span>
      </Group>
      <Headers headers={request.headers} />
      <Body body={request.body} what={words.request} />
    </section>
  );
}

export function MethodMark({ method }: { method: string }) {
  return (
    <Badge variant="light" color={method === "GET" || method === "HEAD" ? "blue" : "grape"} radius="sm" miw={62} style={{ flex: "none" }}>
      {method}
    </Badge>
  );
}

/** An answer alone. */
export function AnswerView({ answer }: { answer: ShownAnswer | null }) {
  if (answer === null) {
    return (
      <section className={classes["side"]} aria-label={words.answer}>
        <Text size="sm" c="dimmed">
          {words.noAnswer}
        </Text>
      </section>
    );
  }
  const good = answer.status < 400;
  return (
    <section className={classes["side"]} aria-label={words.answer}>
      <Group gap={8}>
        <Badge variant="light" color={good ? "green" : "red"} radius="sm" leftSection={<span aria-hidden>{good ? "✓" : "✕"}</span>}>
          {answer.status}
        </Badge>
        <Text size="sm" c="dimmed">
          {duration(answer.milliseconds / 1000)} · {words.bytes(answer.size)}
          {answer.format === "" ? "" : ` · ${answer.format.toUpperCase()}`}
        </Text>
      </Group>
      <Headers headers={answer.headers} />
      <Body body={answer.body} what={words.answer} leftOff={answer.left_off} />
    </section>
  );
}

function Headers({ headers }: { headers: readonly (readonly string[])[] }) {
  if (headers.length === 0) return null;
  return (
    <details>
      <summary className={classes["summary"]}>{words.headers(headers.length)}</summary>
      <dl className={classes["headers"]}>
        {headers.map(([name = "", value = ""], place) => (
          // a header may come twice
          // oxlint-disable-next-line react/no-array-index-key
          <div key={`${name} ${place}`} style={{ display: "contents" }}>
            <dt className="mono">{name}</dt>
            <dd className="mono">{value}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function Body({ body, what, leftOff = 0 }: { body: string; what: string; leftOff?: number }) {
  const data = useMemo(() => jsonOf(body), [body]);
  if (body === "") {
    return (
      <Text size="xs" c="dimmed">
        {words.noBody}
      </Text>
    );
  }
  return (
    <>
      {/* it scrolls, so a keyboard has to reach it */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className={classes["body"]} tabIndex={0} role="region" aria-label={words.body(what)}>
        {data === undefined ? body : <JsonTree value={data} />}
      </div>
      {leftOff > 0 && (
        <Text size="xs" c="dimmed">
          {words.leftOff(leftOff)}
        </Text>
      )}
    </>
  );
}
