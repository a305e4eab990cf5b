import { ActionIcon, Anchor, Popover, Text, Textarea, TextInput } from "@mantine/core";
import { IconBraces } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, type ReactNode, type RefObject, useId, useLayoutEffect, useRef, useState } from "react";
import type { MacroName } from "../../api/schema";
import { macros as words } from "../../texts/macros";
import { around, type Choice, chosen, fitting, placeOf, type Written } from "./caret";
import { MacroList, optionId } from "./MacroList";
import classes from "./MacroText.module.css";
import { macrosQuery, type Standing, type Tried, useTried } from "./macros";

interface MacroTextProps extends Standing {
  label: string;
  /** the label stands elsewhere, and is only heard */
  labelHidden?: boolean | undefined;
  value: string;
  onChange: (value: string) => void;
  multiline?: boolean | undefined;
  hint?: ReactNode;
  error?: string | undefined;
  required?: boolean | undefined;
  readOnly?: boolean | undefined;
  placeholder?: string | undefined;
  /** names that only the page knows, as the blocks of a draft */
  more?: readonly MacroName[] | undefined;
  /** for whom the result is shown; "": for the example person; nothing: it is not shown */
  who?: string | undefined;
  /** false: the page has its mistakes from elsewhere */
  check?: boolean | undefined;
  onKeyDown?: ((event: KeyboardEvent) => void) | undefined;
  minRows?: number | undefined;
  /** what stands around texts in what is inserted: ' within JSON */
  quotes?: "'" | undefined;
}

type Field = HTMLInputElement | HTMLTextAreaElement;
type Opened = { by: "button"; word: string } | { by: "typing" } | null;

/** A text with macros: `{{` or the button opens what can be inserted at the caret; mistakes are told as they are typed. */
export function MacroText(props: MacroTextProps) {
  const { value, multiline = false, readOnly = false, check = true } = props;
  const chooser = useChooser(props);
  const { field, id, opened, offered, active } = chooser;
  const typing = opened?.by === "typing";
  const common = {
    ...labels(props),
    value,
    readOnly,
    placeholder: props.placeholder ?? "",
    classNames: { input: "mono" },
    rightSection: readOnly ? null : <OpenButton open={opened?.by === "button"} label={`${words.open}: ${props.label}`} onClick={chooser.toggle} />,
    rightSectionPointerEvents: "all" as const,
    rightSectionProps: multiline ? { className: classes["top"] ?? "" } : {},
    "aria-autocomplete": "list" as const,
    "aria-controls": typing ? id : undefined,
    "aria-activedescendant": typing && offered.choices.length > 0 ? optionId(id, active) : undefined,
    onSelect: (event: { currentTarget: Field }) => chooser.setCaret(event.currentTarget.selectionStart ?? value.length),
    onChange: (event: { currentTarget: Field }) => chooser.typed(event.currentTarget),
    onBlur: () => typing && chooser.close(),
    onKeyDown: (event: KeyboardEvent) => {
      if (!chooser.steer(event)) props.onKeyDown?.(event);
    },
  };
  const focus = (place: number) => {
    field.current?.focus();
    field.current?.setSelectionRange(place, place);
  };
  return (
    <div className={classes["field"]}>
      <Popover opened={opened !== null} onChange={(open) => !open && chooser.close()} position="bottom-start" width={460} shadow="md" trapFocus={false} returnFocus={false} withRoles={false}>
        <Popover.Target>
          {multiline ? (
            <Textarea {...common} ref={field as RefObject<HTMLTextAreaElement>} autosize minRows={props.minRows ?? 4} maxRows={24} />
          ) : (
            <TextInput {...common} ref={field as RefObject<HTMLInputElement>} />
          )}
        </Popover.Target>
        <Popover.Dropdown p={0} maw="calc(100vw - 32px)">
          {opened?.by === "button" && <Search chooser={chooser} word={opened.word} />}
          <MacroList id={id} groups={offered.groups} left={offered.left} active={active} onActive={chooser.setActive} onChoose={chooser.choose} problem={offered.problem} waiting={offered.waiting} />
        </Popover.Dropdown>
      </Popover>
      {!typing && <Verdict {...props} check={check} focus={focus} />}
    </div>
  );
}

type Chooser = ReturnType<typeof useChooser>;

/** What is open at the caret, and what each key and each choice does there. */
function useChooser(props: MacroTextProps) {
  const { value, onChange, readOnly = false } = props;
  const field = useRef<Field>(null);
  const id = useId();
  const [opened, setOpened] = useState<Opened>(null);
  const [active, setActive] = useState(0);
  const [caret, setCaret] = useState(0);
  const select = useRef<Written | null>(null);
  useLayoutEffect(() => {
    const wanted = select.current;
    if (wanted === null || wanted.text !== value) return;
    select.current = null;
    field.current?.focus();
    field.current?.setSelectionRange(wanted.from, wanted.to);
  }, [value]);
  const offered = useOffered(props, opened, value, caret);
  const close = () => setOpened(null);
  const choose = (choice: Choice) => {
    const made = chosen(value, caret, choice, props.quotes);
    select.current = made;
    setOpened(null);
    setCaret(made.to);
    onChange(made.text);
  };
  const typed = (input: Field) => {
    const { value: text } = input;
    const at = input.selectionStart ?? text.length;
    setCaret(at);
    setActive(0);
    setOpened(!readOnly && around(text, at) !== null ? { by: "typing" } : null);
    onChange(text);
  };
  const search = (word: string) => {
    setActive(0);
    setOpened({ by: "button", word });
  };
  const toggle = () => (opened?.by === "button" ? close() : search(""));
  const steer = (event: KeyboardEvent) => {
    if (opened === null || !keyed(event, offered.choices.length, { active, setActive, close, choose: () => pick(offered.choices[active], choose) })) return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };
  return { field, id, opened, active, setActive, setCaret, offered, close, choose, typed, search, toggle, steer };
}

function Search({ chooser, word }: { chooser: Chooser; word: string }) {
  const { field, id, active, offered } = chooser;
  return (
    <div className={classes["search"]}>
      <TextInput
        size="xs"
        autoFocus
        aria-label={words.search}
        placeholder={words.search}
        value={word}
        aria-controls={id}
        aria-autocomplete="list"
        aria-activedescendant={offered.choices.length > 0 ? optionId(id, active) : undefined}
        onChange={(event) => chooser.search(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (chooser.steer(event) && event.key === "Escape") window.setTimeout(() => field.current?.focus(), 0);
        }}
      />
    </div>
  );
}

function labels(props: MacroTextProps) {
  if (props.labelHidden === true) return { "aria-label": props.label, error: props.error !== undefined && props.error !== "" };
  return { label: props.label, description: props.hint, withAsterisk: props.required ?? false, error: props.error !== undefined && props.error !== "" };
}

function useOffered(props: MacroTextProps, opened: Opened, value: string, caret: number) {
  const query = useQuery({ ...macrosQuery(props), enabled: opened !== null });
  const here = around(value, caret);
  const word = opened?.by === "button" ? opened.word : (here?.word ?? "");
  const names = [...(props.more ?? []), ...(query.data?.names ?? [])];
  const only = opened?.by === "typing" && here?.piped === true ? "function" : null;
  const found = opened === null ? { groups: [], left: 0 } : fitting(names, query.data?.functions ?? [], word, only);
  return { ...found, choices: found.groups.flatMap((one) => one.choices), problem: query.data?.problem ?? "", waiting: query.isPending };
}

function pick(choice: Choice | undefined, choose: (choice: Choice) => void) {
  if (choice !== undefined) choose(choice);
}

interface Steering {
  active: number;
  setActive: (place: number) => void;
  close: () => void;
  choose: () => void;
}

/** Do what a key means while the list is open; whether it meant anything. */
function keyed(event: KeyboardEvent, count: number, { active, setActive, close, choose }: Steering): boolean {
  if (event.key === "Escape") close();
  else if (count === 0 || event.nativeEvent.isComposing) return false;
  else if (event.key === "ArrowDown") setActive((active + 1) % count);
  else if (event.key === "ArrowUp") setActive((active + count - 1) % count);
  else if (event.key === "Enter" || (event.key === "Tab" && !event.shiftKey)) choose();
  else return false;
  return true;
}

function OpenButton({ open, label, onClick }: { open: boolean; label: string; onClick: () => void }) {
  return (
    <ActionIcon variant={open ? "light" : "subtle"} color={open ? "step" : "gray"} size={26} aria-label={label} aria-expanded={open} title={words.open} onMouseDown={(event) => event.preventDefault()} onClick={onClick}>
      <IconBraces size={16} aria-hidden />
    </ActionIcon>
  );
}

function Verdict(props: MacroTextProps & { check: boolean; focus: (place: number) => void }) {
  const tried = useTried(props.value, props, props.who ?? "", props.check && props.readOnly !== true);
  const given = props.error !== undefined && props.error !== "" ? props.error : "";
  const wrong = given !== "" ? given : tried?.good === false ? tried.message : "";
  const remarks = wrong === "" ? (tried?.remarks ?? []) : [];
  return (
    <div aria-live="polite">
      {wrong !== "" && (
        <Text size="xs" c="red" mt={4}>
          {wrong}{" "}
          {tried !== null && tried.column > 0 && (
            <Anchor component="button" type="button" size="xs" onClick={() => props.focus(placeOf(props.value, tried.line, tried.column))}>
              {words.go}
            </Anchor>
          )}
        </Text>
      )}
      {remarks.map((one) => (
        <Text key={one} size="xs" c="orange" mt={4}>
          {one}
        </Text>
      ))}
      {wrong === "" && props.who !== undefined && tried?.good === true && <Result tried={tried} />}
    </div>
  );
}

function Result({ tried }: { tried: Tried }) {
  return (
    <Text size="xs" c="dimmed" mt={4}>
      {words.result(tried.of?.name ?? "")} <span className="mono">{tried.values.length === 0 ? words.nothing : tried.values.join(" · ")}</span>
    </Text>
  );
}
