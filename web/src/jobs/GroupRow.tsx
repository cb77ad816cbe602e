/** Runs that were asked for together: folded into one line until somebody looks inside. */
import { ChevronDown, ChevronRight, Grid3x3, Layers } from "lucide-react";

import type { Job, JobStatus } from "@/api/jobs";
import { t } from "@/i18n";
import { when } from "@/ui/units";

import styles from "./JobsDrawer.module.css";
import { Thumb } from "./JobRow";
import { rowProps, type RowProps } from "./row";
import { RowCheck, RowMenu } from "./RowParts";
import { jobsStore } from "./store";

interface Props extends RowProps {
  readonly row: { readonly key: string; readonly jobs: readonly Job[]; readonly isOpen: boolean; readonly isSweep: boolean };
}

const ORDER: readonly JobStatus[] = ["in_progress", "pending", "completed", "failed", "cancelled"];

export function GroupRow({ row: { key, jobs, isOpen, isSweep }, ...place }: Props) {
  const first = jobs[0];
  const facts = jobsStore((state) => (first === undefined ? undefined : state.facts[first.id]));
  const isChosen = jobsStore((state) => jobs.every((job) => state.chosen.has(job.id)));
  if (first === undefined) return null;
  const title = facts?.title || first.sweep?.title || t("jobs.untitled");
  const Fold = isOpen ? ChevronDown : ChevronRight;
  const Icon = isSweep ? Grid3x3 : Layers;
  const counts = ORDER.flatMap((status) => {
    const count = jobs.filter((job) => job.status === status).length;
    return count === 0 ? [] : [t(`jobs.count.${status}`, { count })];
  });
  const shown = jobs.find((job) => job.preview_output !== null && job.preview_output !== undefined) ?? first;
  return (
    <div {...rowProps(key, place)} className={styles.job} aria-selected={isChosen} aria-expanded={isOpen} data-group data-waiting={first.status === "pending" ? first.id : undefined} data-testid="job-group">
      <div role="gridcell" className={styles.line}>
        <RowCheck name={title} isChosen={isChosen} onChoose={place.onChoose} />
        <span className={styles.stack}>
          <Thumb job={shown} />
        </span>
        <span className={styles.words}>
          <span className={styles.title}>
            <span className={styles.status}>
              <Icon size={13} aria-hidden />
            </span>
            <span className={styles.name}>{title}</span>
            <span className={styles.time}>{when(first.execution_end_time ?? first.create_time)}</span>
          </span>
          <span className={styles.details}>{[isSweep ? t("jobs.sweep") : t("jobs.batch"), ...counts].join(" · ")}</span>
        </span>
        <span className={styles.acts}>
          <RowMenu {...place} />
        </span>
        <Fold size={14} className={styles.fold} aria-hidden />
      </div>
    </div>
  );
}
