/** Inputs at the left, outputs at the right, row by row. */
import { memo } from "react";

import type { InputSocket as Input, OutputSocket as Output } from "@/model/types";

import type { NodeFace } from "../hooks";
import { InputSocket, OutputSocket } from "../Socket";
import styles from "./SocketRows.module.css";

const readable = (name: string): string => name.replaceAll("_", " ");

/** Socket names in capitals are types; everything else is words. */
const inputLabel = (input: Input): string => input.label ?? readable(input.name);
const outputLabel = (output: Output): string => output.label ?? (output.name === output.type ? output.name.toLowerCase().replaceAll("_", " ") : readable(output.name));

export const SocketRows = memo(function SocketRows({ face }: { readonly face: NodeFace }) {
  const inputs = face.inputs.filter((input) => !input.isWidget);
  const count = Math.max(inputs.length, face.outputs.length);
  // Inputs that are widgets have their socket in the widget's own row; unknown types have no such rows.
  const orphans = face.known ? [] : face.inputs.filter((input) => input.isWidget);
  if (count + orphans.length === 0) return null;
  return (
    <div className={styles.rows}>
      {Array.from({ length: count }, (_unused, row) => (
        <div key={row} className={styles.row}>
          <InputCell face={face} input={inputs[row]} />
          <OutputCell face={face} output={face.outputs[row]} slot={row} />
        </div>
      ))}
      {orphans.map((input) => (
        <div key={input.name} className={styles.row}>
          <InputCell face={face} input={input} />
        </div>
      ))}
    </div>
  );
});

function InputCell({ face, input }: { readonly face: NodeFace; readonly input: Input | undefined }) {
  if (input === undefined) return <span />;
  return (
    <span className={styles.input}>
      <InputSocket node={face.id} name={input.name} type={input.type} isOptional={input.isOptional} />
      <span className={styles.label}>{inputLabel(input)}</span>
    </span>
  );
}

function OutputCell({ face, output, slot }: { readonly face: NodeFace; readonly output: Output | undefined; readonly slot: number }) {
  if (output === undefined) return null;
  return (
    <span className={styles.output}>
      <span className={styles.label}>{outputLabel(output)}</span>
      <OutputSocket node={face.id} slot={slot} name={output.name} type={output.type} isList={output.isList} />
    </span>
  );
}

/** All sockets of a folded node sit at the ends of its header. */
export const CollapsedSockets = memo(function CollapsedSockets({ face }: { readonly face: NodeFace }) {
  return (
    <div className={styles.folded}>
      {face.inputs.map((input) => (
        <InputSocket key={input.name} node={face.id} name={input.name} type={input.type} isOptional={false} />
      ))}
      {face.outputs.map((output, slot) => (
        <OutputSocket key={slot} node={face.id} slot={slot} name={output.name} type={output.type} isList={false} />
      ))}
    </div>
  );
});
