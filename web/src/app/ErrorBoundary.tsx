/** The last net: whatever breaks in the drawing, the draft is safe. */
import { Component, type ReactNode } from "react";

import { t } from "@/i18n";

import styles from "./App.module.css";

export class ErrorBoundary extends Component<{ readonly children: ReactNode }, { readonly error: Error | null }> {
  override state: { readonly error: Error | null } = { error: null };

  static getDerivedStateFromError(error: Error): { readonly error: Error } {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return (
      <main className={styles.broken} role="alert">
        <h1>{t("app.broken")}</h1>
        <p>{t("app.brokenHint")}</p>
        <pre>{error.message}</pre>
        <button type="button" className={styles.reload} onClick={() => window.location.reload()}>
          {t("app.reload")}
        </button>
      </main>
    );
  }
}
