/** A text with markup as a widget. */
import { useValue } from "@/canvas/hooks";
import { text as asText } from "@/formats/file";

import type { FieldProps } from "./field";
import styles from "./Field.module.css";
import { MarkdownText } from "./MarkdownText";
import { useControlId } from "./place";

export function MarkdownField({ node, widget, label, describedBy }: FieldProps) {
  const controlId = useControlId(node, widget.name);
  const value = asText(useValue(node, widget.key));
  return <MarkdownText node={node} valueKey={widget.key} value={value} label={label} describedBy={describedBy} placeholder={label} testId={controlId} className={styles.area ?? ""} />;
}
