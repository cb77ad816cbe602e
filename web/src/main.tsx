import "@fontsource-variable/inter/wght.css";
import "@xyflow/react/dist/style.css";
import "@/app/tokens.css";
import "@/canvas/canvas.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "@/app/App";
import { ErrorBoundary } from "@/app/ErrorBoundary";

function start(): void {
  const root = document.getElementById("root");
  if (root === null) return;
  createRoot(root).render(
    <StrictMode>
      <ErrorBoundary>
        <App />
      </ErrorBoundary>
    </StrictMode>,
  );
  // The room stands while its furniture comes: files, commands, the connection.
  void import("@/app/boot").then(({ boot }) => boot());
}

// Without the strings of the other rooms the canvas still works; names of things would show instead of words.
void import("@/i18n/more").then(start, start);
