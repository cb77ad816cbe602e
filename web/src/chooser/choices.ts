/** What is chosen so far, the same in the node and in the large view. */
import { create } from "zustand";

import type { Question } from "@/runtime/store";

import type { Choice } from "./choice";

const NOTHING: Choice = [];

const nameOf = ({ job, node }: Question): string => `${job}/${node}`;

const choiceStore = create<{ readonly choices: Readonly<Record<string, Choice>> }>()(() => ({ choices: {} }));

export function useChoice(question: Question): Choice {
  return choiceStore((state) => state.choices[nameOf(question)] ?? NOTHING);
}

export function keepChoice(question: Question, choice: Choice): void {
  choiceStore.setState(({ choices }) => ({ choices: { ...choices, [nameOf(question)]: choice } }));
}
