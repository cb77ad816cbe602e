/** One run: its picture, its name and words, how it stands, and what can be done at once. */
import { CircleAlert, CircleCheck, CircleSlash, Clock3, GripVertical, LoaderCircle, RotateCcw, X } from "lucide-react";

import { viewUrl } from "@/api/client";
import { asFile, type Job } from "@/api/jobs";
import { t } from "@/i18n";
import { runtimeStore } from "@/runtime/store";
import { IconButton } from "@/ui/IconButton";
import { took, when } from "@/ui/units";
import { mediaKind } from "@/widgets/outputs";

import { cancel, runAgain } from "./actions";
import { JobDetails } from "./JobDetails";
import styles from "./JobsDrawer.module.css";
import { isOpenJob } from "./listing";
import type { Grip } from "./reorder";
import { rowProps, type RowProps } from "./row";
import { RowCheck, RowMenu } from "./RowParts";
import { jobsStore } from "./store";

const ICONS = { pending: Clock3, in_progress: LoaderCircle, completed: CircleCheck, failed: CircleAlert, cancelled: CircleSlash };

interface Props extends RowProps {
  readonly row: { readonly key: string; readonly job: Job; readonly isInside: boolean };
  readonly isShown: boolean;
  /** What drags the row to another place; null for runs that have none. */
  readonly grip: Grip | null;
  readonly mark: "before" | "after" | "dragged" | null;
}

export function JobRow({ row: { key, job, isInside }, isShown, grip, mark, ...place }: Props) {
  const facts = jobsStore((state) => state.facts[job.id]);
  const isChosen = jobsStore((state) => state.chosen.has(job.id));
  const title = facts?.title || job.sweep?.title || t("jobs.untitled");
  return (
    <div
      {...rowProps(key, place)}
      className={styles.job}
      aria-selected={isChosen}
      aria-expanded={isShown}
      aria-label={`${t(`job.${job.status}`)}, ${title}, ${facts?.prompt ?? ""}`}
      data-status={job.status}
      data-inside={isInside || undefined}
      data-mark={mark}
      data-waiting={job.status === "pending" ? job.id : undefined}
      data-testid="job"
    >
      <div role="gridcell" className={styles.line}>
        <RowCheck name={title} isChosen={isChosen} onChoose={place.onChoose} />
        <Thumb job={job} />
        <span className={styles.words}>
          <span className={styles.title}>
            <Status job={job} />
            <span className={styles.name}>{title}</span>
            <span className={styles.time}>{when(job.execution_end_time ?? job.create_time)}</span>
          </span>
          {job.status === "in_progress" ? <Running job={job} /> : <span className={styles.details}>{details(job, facts?.prompt ?? "")}</span>}
        </span>
        <span className={styles.acts}>
          {isOpenJob(job) ? (
            <IconButton label={t("jobs.action.cancel")} tabIndex={place.isFocusable ? 0 : -1} onClick={() => void cancel([job.id])}>
              <X size={15} />
            </IconButton>
          ) : (
            <IconButton label={t("jobs.action.again")} tabIndex={place.isFocusable ? 0 : -1} onClick={() => void runAgain([job.id])}>
              <RotateCcw size={14} />
            </IconButton>
          )}
          <RowMenu {...place} />
        </span>
        {grip !== null && (
          // The keys Alt+Up and Alt+Down on the row do the same.
          <span className={styles.grip} data-grip title={t("jobs.drag")} aria-hidden {...grip}>
            <GripVertical size={14} />
          </span>
        )}
      </div>
      {isShown && <JobDetails id={job.id} status={job.status} />}
    </div>
  );
}

function Status({ job }: { readonly job: Job }) {
  const Icon = ICONS[job.status];
  return (
    <span className={styles.status} title={t(`job.${job.status}`)}>
      <Icon size={13} aria-hidden />
    </span>
  );
}

function details(job: Job, prompt: string): string {
  const { execution_start_time: start, execution_end_time: end, execution_error: error } = job;
  if (job.status === "failed" && error?.exception_message) return error.exception_message;
  const duration = job.status === "completed" && start && end ? took(end - start) : t(`job.${job.status}`);
  return prompt === "" ? duration : `${duration} · ${prompt}`;
}

export function Thumb({ job }: { readonly job: Job }) {
  const file = job.preview_output;
  const Icon = ICONS[job.status];
  const isPicture = file !== null && file !== undefined && mediaKind(file) === "image";
  return <span className={styles.thumb}>{isPicture ? <img src={viewUrl(asFile(file), true)} alt="" loading="lazy" decoding="async" draggable={false} /> : <Icon size={17} aria-hidden />}</span>;
}

/** The node at work and how far the run is; runs of other windows tell neither. */
function Running({ job }: { readonly job: Job }) {
  const isOwn = runtimeStore((state) => state.run === job.id);
  const node = runtimeStore((state) => state.node);
  const share = runtimeStore((state) => state.progress);
  const title = jobsStore((state) => (node === null ? undefined : state.facts[job.id]?.titles[node]));
  if (!isOwn) return <span className={styles.details}>{t("job.in_progress")}</span>;
  const percent = Math.round(share * 100);
  return (
    <span className={styles.running}>
      <span className={styles.details}>{title === undefined ? t("jobs.percent", { percent }) : t("jobs.at", { title, percent })}</span>
      <span className={styles.progress} role="progressbar" aria-label={t("run.progress")} aria-valuemin={0} aria-valuemax={100} aria-valuenow={percent}>
        <span style={{ transform: `scaleX(${share})` }} />
      </span>
    </span>
  );
}
