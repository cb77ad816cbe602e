import "@fontsource-variable/inter/wght.css";
import "@xyflow/react/dist/style.css";
import "@/app/tokens.css";
import "@/canvas/canvas.css";

import { StrictMode } from "react";
import { createRoot, type Root } from "react-dom/client";

import { App } from "@/app/App";
import { ErrorBoundary } from "@/app/ErrorBoundary";

function start(root: Root): void {
  root.render(
    <StrictMode>
      <ErrorBoundary>
        <App />
      </ErrorBoundary>
    </StrictMode>,
  );
  // The room stands while its furniture comes: files, commands, the connection.
  import("@/app/boot").then(({ boot }) => boot()).catch((error: unknown) => fail(root, error));
}

/** What never came is told like what broke, with the way to try again. */
function fail(root: Root, error: unknown): void {
  root.render(
    <ErrorBoundary>
      <Broken error={error} />
    </ErrorBoundary>,
  );
}

function Broken({ error }: { readonly error: unknown }): never {
  throw error;
}

const element = document.getElementById("root");
if (element !== null) {
  const root = createRoot(element);
  // Without the strings of the other rooms the canvas still works; names of things would show instead of words.
  void import("@/i18n/more").then(
    () => start(root),
    () => start(root),
  );
}
