import { Accordion, Badge, SimpleGrid, TagsInput, TextInput } from "@mantine/core";
import { comparison } from "../../texts/comparison";
import { type Narrowed, narrowedBy } from "./comparison";

const words = comparison.narrow;

/** Whom the next comparison tells of: everybody, or only who differs in something, is somewhere, or is something. */
export function Narrow({ value, set, readOnly }: { value: Narrowed; set: (next: Narrowed) => void; readOnly: boolean }) {
  const count = narrowedBy(value);
  return (
    <Accordion variant="contained" order={2}>
      <Accordion.Item value="narrow">
        <Accordion.Control>
          {words.title}{" "}
          {count > 0 && (
            <Badge size="sm" variant="light" tt="none">
              {words.count(count)}
            </Badge>
          )}
        </Accordion.Control>
        <Accordion.Panel>
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            <TagsInput label={words.attribute} description={words.attributeHint} value={[...value.attribute]} readOnly={readOnly} onChange={(attribute) => set({ ...value, attribute })} />
            <TagsInput label={words.ou} description={words.ouHint} value={[...value.ou]} splitChars={[";"]} readOnly={readOnly} onChange={(ou) => set({ ...value, ou })} />
            <TextInput label={words.where} description={words.whereHint} classNames={{ input: "mono" }} value={value.where} readOnly={readOnly} onChange={(event) => set({ ...value, where: event.currentTarget.value })} />
          </SimpleGrid>
        </Accordion.Panel>
      </Accordion.Item>
    </Accordion>
  );
}
