/** Queue and history: what runs, what waits, what is done. */
import { CircleAlert, CircleCheck, CircleSlash, Clock3, Eraser, LoaderCircle, Workflow, X } from "lucide-react";

import { cancelJob, clearHistory, fetchJobs, viewUrl, type Job } from "@/api/client";
import { openJob } from "@/app/files";
import { t, type MessageKey } from "@/i18n";
import { runtimeStore } from "@/runtime/store";
import { IconButton } from "@/ui/IconButton";

import styles from "./JobsDrawer.module.css";
import { DrawerHead } from "./NodesDrawer";
import panel from "./Panel.module.css";
import { useAsync } from "./useAsync";

const NO_JOBS: Job[] = [];
const ICONS = { pending: Clock3, in_progress: LoaderCircle, completed: CircleCheck, failed: CircleAlert, cancelled: CircleSlash };
const SECTIONS: readonly { readonly title: MessageKey; readonly statuses: readonly Job["status"][] }[] = [
  { title: "drawer.running", statuses: ["in_progress"] },
  { title: "drawer.pending", statuses: ["pending"] },
  { title: "drawer.history", statuses: ["completed", "failed", "cancelled"] },
];

const readJobs = (): Promise<Job[]> => fetchJobs();
const refresh = (): void => runtimeStore.setState((state) => ({ jobsVersion: state.jobsVersion + 1 }));

export function JobsDrawer() {
  const version = runtimeStore((state) => state.jobsVersion);
  const jobs = useAsync(readJobs, NO_JOBS, version);
  const hasHistory = jobs.some((job) => !["pending", "in_progress"].includes(job.status));
  return (
    <>
      <DrawerHead title={t("action.queue")}>
        {hasHistory && (
          <IconButton label={t("drawer.clearHistory")} onClick={() => void clearHistory().then(refresh)}>
            <Eraser size={15} />
          </IconButton>
        )}
      </DrawerHead>
      <div className={panel.scroll}>
        {jobs.length === 0 && <p className={panel.hint}>{t("drawer.noJobs")}</p>}
        {SECTIONS.map(({ title, statuses }) => {
          const own = jobs.filter((job) => statuses.includes(job.status));
          if (own.length === 0) return null;
          return (
            <section key={title}>
              <h3 className={panel.section}>{t(title)}</h3>
              {own.map((job) => (
                <JobRow key={job.id} job={job} />
              ))}
            </section>
          );
        })}
      </div>
    </>
  );
}

function details({ status, execution_start_time: start, execution_end_time: end, execution_error: error }: Job): string {
  if (status === "failed" && error?.exception_message) return error.exception_message;
  if (status === "completed" && start && end) return t("job.took", { seconds: ((end - start) / 1000).toFixed(1) });
  return t(`job.${status}`);
}

function clock(time: number | null | undefined): string {
  return time ? new Date(time).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }) : "";
}

function JobRow({ job }: { readonly job: Job }) {
  const Icon = ICONS[job.status];
  const isOpen = job.status === "pending" || job.status === "in_progress";
  return (
    <div className={styles.job} data-status={job.status} data-testid="job">
      <button type="button" className={styles.open} title={t("drawer.loadJob")} onClick={() => void openJob(job.id)}>
        <span className={styles.thumb}>
          {job.preview_output ? <img src={viewUrl(job.preview_output, true)} alt="" loading="lazy" /> : isOpen ? <Icon size={18} /> : <Workflow size={18} />}
        </span>
        <span className={styles.words}>
          <span className={styles.status}>
            <Icon size={13} />
            {t(`job.${job.status}`)}
            <span className={styles.time}>{clock(job.create_time)}</span>
          </span>
          <span className={styles.details}>{details(job)}</span>
        </span>
      </button>
      {isOpen && (
        <IconButton label={t("drawer.cancelJob")} onClick={() => void cancelJob(job.id).then(refresh)}>
          <X size={15} />
        </IconButton>
      )}
    </div>
  );
}
