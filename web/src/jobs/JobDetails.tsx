/** All about one run: its pictures, words and times, what went wrong, and what can be done with it. */
import { ChartBarDecreasing, ClipboardCopy, PencilLine, RotateCcw, Trash2, Workflow, X } from "lucide-react";
import { useEffect, useState } from "react";

import { viewUrl } from "@/api/client";
import { fetchJob, type JobDetail, type JobStatus } from "@/api/jobs";
import { Chooser } from "@/chooser/Chooser";
import { isObject } from "@/formats/json";
import { t } from "@/i18n";
import { openProfile } from "@/profile/store";
import { runtimeStore } from "@/runtime/store";
import { uiStore } from "@/session/ui";
import { copyText } from "@/ui/clipboard";
import { took, when } from "@/ui/units";
import { shownOf } from "@/widgets/outputs";

import { cancel, copyApi, forget, openWorkflow, runAgain } from "./actions";
import { editWaiting } from "./editing";
import { factsOf } from "./facts";
import styles from "./JobDetails.module.css";
import { refreshJobs } from "./store";

export function JobDetails({ id, status }: { readonly id: string; readonly status: JobStatus }) {
  const version = runtimeStore((state) => (status === "in_progress" ? state.jobsVersion : 0));
  const [detail, setDetail] = useState<JobDetail | "loading" | "failed">("loading");
  useEffect(() => {
    let isWanted = true;
    fetchJob(id).then(
      (found) => isWanted && setDetail(found),
      () => isWanted && setDetail("failed"),
    );
    return () => {
      isWanted = false;
    };
  }, [id, status, version]);
  return (
    <div role="gridcell" className={styles.details} data-details>
      {detail === "loading" && <p className={styles.hint}>{t("app.opening")}</p>}
      {detail === "failed" && <p className={styles.hint}>{t("jobs.noDetails")}</p>}
      {typeof detail === "object" && status === "in_progress" && detail.waiting.map((asked) => <Chooser key={asked.node} at={null} question={{ ...asked, job: id }} title={t("chooser.title")} onDone={() => void refreshJobs()} />)}
      {typeof detail === "object" && <Facts detail={detail} />}
      <Acts id={id} status={status} />
    </div>
  );
}

function Facts({ detail: { job, prompt, extra, outputs } }: { readonly detail: JobDetail }) {
  const { prompt: words, nodes } = factsOf(prompt, extra);
  const { execution_start_time: start, execution_end_time: end, execution_error: error } = job;
  const lines = [
    t("jobs.queuedAt", { time: when(job.create_time) }),
    ...(start && end ? [t("jobs.tookTime", { time: took(end - start) })] : []),
    ...(start ? [t("jobs.waitedTime", { time: took(start - job.create_time) })] : []),
    t("jobs.nodes", { count: nodes }),
  ];
  return (
    <>
      <Pictures outputs={outputs} />
      {job.status === "failed" && error && (
        <section className={styles.error} role="alert">
          <p>{[error.node_type, error.exception_message].filter(Boolean).join(": ")}</p>
          {error.traceback.length > 0 && (
            <details>
              <summary>{t("inspector.trace")}</summary>
              <pre>{error.traceback.join("")}</pre>
              <button type="button" onClick={() => void copyText(`${error.exception_type ?? ""}: ${error.exception_message ?? ""}\n${error.traceback.join("")}`, t("jobs.copied"))}>
                {t("jobs.copyTrace")}
              </button>
            </details>
          )}
        </section>
      )}
      {words !== "" && <p className={styles.prompt}>{words}</p>}
      <p className={styles.times}>{lines.join(" · ")}</p>
    </>
  );
}

function Pictures({ outputs }: { readonly outputs: JobDetail["outputs"] }) {
  const files = Object.values(outputs).flatMap((output) => (isObject(output) ? shownOf(output).media : []));
  const pictures = files.filter(({ kind }) => kind === "image").map(({ file }) => file);
  const others = files.filter(({ kind }) => kind !== "image");
  if (files.length === 0) return null;
  return (
    <div className={styles.pictures}>
      {pictures.map((file, index) => (
        <button key={viewUrl(file)} type="button" aria-label={t("gallery.open", { name: file.filename })} onClick={() => uiStore.setState({ lightbox: { items: pictures, index } })}>
          <img src={viewUrl(file, true)} alt="" loading="lazy" decoding="async" draggable={false} />
        </button>
      ))}
      {others.map(({ file }) => (
        <a key={viewUrl(file)} href={viewUrl(file)} target="_blank" rel="noreferrer">
          {file.filename}
        </a>
      ))}
    </div>
  );
}

function Acts({ id, status }: { readonly id: string; readonly status: JobStatus }) {
  const isOpen = status === "pending" || status === "in_progress";
  const acts = [
    { label: t("jobs.action.open"), Icon: Workflow, run: () => openWorkflow(id) },
    ...(status === "pending" ? [{ label: t("jobs.action.editShort"), Icon: PencilLine, run: () => void editWaiting(id) }] : []),
    ...(isOpen ? [] : [{ label: t("jobs.action.again"), Icon: RotateCcw, run: () => void runAgain([id]) }]),
    ...(status === "pending" ? [] : [{ label: t("jobs.action.profileShort"), Icon: ChartBarDecreasing, run: () => openProfile(id) }]),
    { label: t("jobs.action.copyApiShort"), Icon: ClipboardCopy, run: () => void copyApi(id) },
    isOpen ? { label: t("jobs.action.cancelShort"), Icon: X, run: () => void cancel([id]) } : { label: t("jobs.action.deleteShort"), Icon: Trash2, run: () => void forget([id]) },
  ];
  return (
    <div className={styles.acts}>
      {acts.map(({ label, Icon, run }) => (
        <button key={label} type="button" onClick={run}>
          <Icon size={13} />
          {label}
        </button>
      ))}
    </div>
  );
}
