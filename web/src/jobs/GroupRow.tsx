/** Runs that were asked for together: folded into one line until somebody looks inside. */
import { ChevronDown, ChevronRight, Ellipsis, Grid3x3, Layers } from "lucide-react";

import type { Job, JobStatus } from "@/api/jobs";
import { t } from "@/i18n";
import { IconButton } from "@/ui/IconButton";

import styles from "./JobsDrawer.module.css";
import { Thumb } from "./JobRow";
import { rowProps, type RowProps } from "./row";
import { jobsStore } from "./store";
import { when } from "./times";

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
        <input type="checkbox" className={styles.check} tabIndex={-1} checked={isChosen} aria-label={t("jobs.choose", { name: title })} onChange={() => undefined} onClick={(event) => place.onChoose(event)} />
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
          <IconButton
            label={t("jobs.rowMenu")}
            aria-haspopup="menu"
            tabIndex={place.isFocusable ? 0 : -1}
            onClick={(event) => {
              const box = event.currentTarget.getBoundingClientRect();
              place.onMenu({ x: box.left, y: box.bottom });
            }}
          >
            <Ellipsis size={15} />
          </IconButton>
        </span>
        <Fold size={14} className={styles.fold} aria-hidden />
      </div>
    </div>
  );
}
