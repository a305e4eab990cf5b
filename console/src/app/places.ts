/** The menu: where one can go, in this order, and which rights make a place worth showing. */

import { type Icon, IconBook } from "@tabler/icons-react";
import type { LinkProps } from "@tanstack/react-router";
import type { Right } from "../api/schema";

export interface Place {
  label: string;
  to: NonNullable<LinkProps["to"]>;
  icon: Icon;
  /** one of them is enough; none: everybody sees it */
  rights?: readonly Right[];
  /** what else the command palette finds it by */
  words?: string;
}

export const PLACES: readonly Place[] = [{ label: "Help", to: "/help", icon: IconBook, words: "documentation docs manual" }];
