/** The question that a node asks: the chooser comes in a chunk of its own, for runs that ask are rare. */
import { lazy, memo, Suspense } from "react";

import { useRun, useRunKey } from "../hooks";

const Chooser = lazy(() => import("@/chooser/Chooser").then((module) => ({ default: module.Chooser })));

export const NodeQuestion = memo(function NodeQuestion({ id, title }: { readonly id: string; readonly title: string }) {
  const at = useRunKey(id);
  const question = useRun(id, (run) => run.question);
  if (question === null) return null;
  return (
    <Suspense fallback={null}>
      <Chooser key={`${question.job}/${question.node}`} at={at} question={question} title={title} />
    </Suspense>
  );
});
