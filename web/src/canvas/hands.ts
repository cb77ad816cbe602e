/** What gestures hold in hand: loose wires, the knife, the wires that are marked; drawn by `Hands.tsx`. */
import { create } from "zustand";

import type { Guide } from "@/model/align";
import type { NodeId, Point } from "@/model/types";

export interface Loose {
  readonly from: Point;
  readonly to: Point;
  readonly type: string;
}

interface Hands {
  readonly loose: readonly Loose[];
  /** The line that cuts, in canvas coordinates. */
  readonly knife: readonly Point[];
  /** Ids of stretches of wire that would be cut, or that a node would be put into. */
  readonly marked: ReadonlySet<string>;
  readonly mark: "cut" | "aim" | null;
  /** The next drag on the canvas cuts. */
  readonly isCutting: boolean;
  readonly guides: readonly Guide[];
  /** Wires of the node under the pointer are shown while all others are hidden. */
  readonly hovered: NodeId | null;
  /** The wire whose name is being written. */
  readonly naming: number | null;
  /** For those who do not see what happens. */
  readonly message: string;
}

const NOTHING = { loose: [], knife: [], marked: new Set<string>(), mark: null } as const;

export const hands = create<Hands>()(() => ({ ...NOTHING, isCutting: false, guides: [], hovered: null, naming: null, message: "" }));

export const emptyHands = (): void => hands.setState({ ...NOTHING, isCutting: false });
export const say = (message: string): void => hands.setState({ message });
