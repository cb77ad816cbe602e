/** The canvas's own reroute: a node that passes one wire on. */
import type { NodeProps } from "@xyflow/react";
import { memo } from "react";

import { documentStore } from "@/model/document";
import { outputType } from "@/model/matching";
import { currentDefs } from "@/session/store";

import type { CanvasNode } from "../derive";
import { useFace } from "../hooks";
import { InputSocket, OutputSocket } from "../Socket";
import styles from "./RerouteNode.module.css";

export const RerouteNode = memo(function RerouteNode({ id, selected }: NodeProps<CanvasNode>) {
  const face = useFace(id);
  const carried = documentStore(({ doc }) => outputType(doc, currentDefs(), id, 0));
  const [input, output] = [face?.inputs[0], face?.outputs[0]];
  return (
    <div className={styles.reroute} data-selected={selected || undefined} data-testid={`node-${id}`}>
      {input !== undefined && <InputSocket node={id} name={input.name} type={carried} isOptional={false} />}
      {output !== undefined && <OutputSocket node={id} slot={0} name={output.name} type={carried} isList={false} />}
    </div>
  );
});
