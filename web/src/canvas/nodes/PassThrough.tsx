/** The wires that a bypassed node hands on, drawn through it. */
import { HEADER, PADDING, SLOT_ROW } from "@/model/geometry";
import { resolveBypass } from "@/model/wires";

import { typeColor } from "../colors";
import type { NodeFace } from "../hooks";
import styles from "./NodeView.module.css";

const rowMiddle = (row: number): number => HEADER + PADDING / 2 + row * SLOT_ROW + SLOT_ROW / 2;

export function PassThrough({ face }: { readonly face: NodeFace }) {
  const { width } = face.size;
  const plain = face.inputs.filter((input) => !input.isWidget);
  const types = face.inputs.map((input) => input.type);
  const produced = face.outputs.map((output) => output.type);
  const paths = face.outputs.flatMap((output, slot) => {
    const input = face.inputs[resolveBypass(types, produced, slot, output.type)];
    const row = input === undefined ? -1 : plain.indexOf(input);
    if (row < 0) return [];
    const [from, to] = [rowMiddle(row), rowMiddle(slot)];
    return [{ slot, color: typeColor(output.type), d: `M0 ${from} C${width * 0.4} ${from} ${width * 0.6} ${to} ${width} ${to}` }];
  });
  return (
    <svg className={styles.through} width={width} aria-hidden>
      {paths.map(({ slot, color, d }) => (
        <path key={slot} d={d} style={{ stroke: color }} fill="none" strokeWidth={2} />
      ))}
    </svg>
  );
}
