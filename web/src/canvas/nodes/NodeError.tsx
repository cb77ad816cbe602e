/** What went wrong with the node as a whole. */
import { CircleAlert } from "lucide-react";

import { useFace, useRun } from "../hooks";
import styles from "./NodeError.module.css";

export function NodeError({ id }: { readonly id: string }) {
  const error = useRun(id, (run) => run.error);
  const inputErrors = useRun(id, (run) => run.inputErrors);
  const face = useFace(id);
  // Errors of sockets have no widget to stand under.
  const sockets = face?.inputs.filter((input) => !input.isWidget && inputErrors[input.name] !== undefined) ?? [];
  const loose = Object.keys(inputErrors).filter((name) => face?.inputs.every((input) => input.name !== name));
  const sentences = [
    ...(error === null || error === "" ? [] : [error]),
    ...[...sockets.map((input) => input.name), ...loose].map((name) => `${name.replaceAll("_", " ")}: ${inputErrors[name] ?? ""}`),
  ];
  if (sentences.length === 0) return null;
  return (
    <div className={`${styles.error} nodrag nopan`} data-testid={`error-${id}`} role="alert">
      <CircleAlert size={14} aria-hidden />
      <div className={styles.sentences}>
        {sentences.map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
      </div>
    </div>
  );
}
