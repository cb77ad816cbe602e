/** Bottom left: zoom, fit, minimap, and how the canvas is looked at. */
import { Panel, useStore } from "@xyflow/react";
import { Eye, EyeOff, Focus, Map, Maximize, Minus, Plus, SlidersHorizontal } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { Suspense, useState, type ReactNode } from "react";

import { t } from "@/i18n";
import { documentStore } from "@/model/document";
import { useChord } from "@/palette/bindings";
import { uiStore } from "@/session/ui";
import { later } from "@/ui/later";
import menu from "@/ui/Menu.module.css";

import { toggleWires, wireStore } from "./preferences";
import { fitSelection, fitView, zoomBy, zoomTo } from "./viewport";
import styles from "./ZoomBar.module.css";

const ViewMenu = later(() => import("./ViewMenu"), "ViewMenu");

export function ZoomBar() {
  const hasMinimap = uiStore((state) => state.minimap);
  const areHidden = wireStore((state) => state.areHidden);
  const isChosen = documentStore(({ selection }) => selection.nodes.length + selection.groups.length > 0);
  return (
    <Panel position="bottom-left" className={styles.bar ?? ""}>
      <Button label={t("action.zoomOut")} command="zoomOut" onClick={() => zoomBy(1 / 1.25)}>
        <Minus size={15} />
      </Button>
      <Percent />
      <Button label={t("action.zoomIn")} command="zoomIn" onClick={() => zoomBy(1.25)}>
        <Plus size={15} />
      </Button>
      <Button label={t("action.fit")} command="fit" onClick={() => fitView()}>
        <Maximize size={15} />
      </Button>
      <Button label={t("arranging.fitSelection")} command="fitSelection" isDisabled={!isChosen} onClick={fitSelection}>
        <Focus size={15} />
      </Button>
      <Button label={t("action.minimap")} command="minimap" isOn={hasMinimap} onClick={() => uiStore.setState({ minimap: !hasMinimap })}>
        <Map size={15} />
      </Button>
      <Button label={t("links.hideAll")} command="hideLinks" isOn={areHidden} onClick={toggleWires}>
        {areHidden ? <EyeOff size={15} /> : <Eye size={15} />}
      </Button>
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger asChild>
          <button type="button" aria-label={t("arranging.viewMenu")} title={t("arranging.viewMenu")}>
            <SlidersHorizontal size={15} />
          </button>
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content className={`${menu.menu} ${styles.menu}`} side="top" align="start" collisionPadding={12}>
            <Suspense fallback={null}>
              <ViewMenu />
            </Suspense>
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
    </Panel>
  );
}

interface ButtonProps {
  readonly label: string;
  readonly command: string;
  readonly isOn?: boolean;
  readonly isDisabled?: boolean;
  readonly onClick: () => void;
  readonly children: ReactNode;
}

function Button({ label, command, isOn, isDisabled, onClick, children }: ButtonProps) {
  const chord = useChord(command);
  return (
    <button type="button" aria-label={label} title={chord === "" ? label : `${label} (${chord})`} aria-pressed={isOn} disabled={isDisabled} onClick={onClick}>
      {children}
    </button>
  );
}

/** A field: a number typed here is the zoom. */
function Percent() {
  const percent = useStore((state) => Math.round(state.transform[2] * 100));
  const [text, setText] = useState<string | null>(null);
  const keep = (): void => {
    const wanted = Number.parseFloat(text ?? "");
    if (wanted > 0) zoomTo(wanted / 100);
    setText(null);
  };
  return (
    <input
      className={styles.percent}
      inputMode="numeric"
      aria-label={t("arranging.zoomLevel")}
      title={t("arranging.zoomLevel")}
      data-testid="zoom-percent"
      value={text ?? `${percent} %`}
      onFocus={(event) => event.target.select()}
      onChange={(event) => setText(event.target.value)}
      onBlur={keep}
      onKeyDown={(event) => {
        if (event.key === "Enter") keep();
        else if (event.key === "Escape") setText(null);
        else if (event.key === "ArrowUp") zoomBy(1.1);
        else if (event.key === "ArrowDown") zoomBy(1 / 1.1);
        else return;
        event.preventDefault();
        event.stopPropagation();
      }}
    />
  );
}
