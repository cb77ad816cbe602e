/** The tools, and whether they paint or erase. */
import { Brush, Circle, Eraser, Lasso, PaintBucket, Pipette, Square, type LucideIcon } from "lucide-react";
import { ToggleGroup, Tooltip } from "radix-ui";

import { t } from "@/i18n";

import { chooseTool, setErases } from "./adjust";
import { maskStore, type Tool } from "./state";
import styles from "./ToolStrip.module.css";

const TOOLS: Readonly<Record<Tool, { readonly icon: LucideIcon; readonly key: string }>> = {
  brush: { icon: Brush, key: "B" },
  rectangle: { icon: Square, key: "R" },
  ellipse: { icon: Circle, key: "O" },
  lasso: { icon: Lasso, key: "L" },
  fill: { icon: PaintBucket, key: "G" },
  color: { icon: Pipette, key: "W" },
};

const isTool = (name: string): name is Tool => name in TOOLS;

export function ToolStrip() {
  const tool = maskStore((state) => state.tool);
  const erases = maskStore((state) => state.erases);
  return (
    <div className={styles.strip}>
      <ToggleGroup.Root type="single" orientation="vertical" className={styles.group} aria-label={t("mask.modes")} value={erases ? "erase" : "paint"} onValueChange={(value) => { if (value !== "") setErases(value === "erase"); }}>
        <Choice value="paint" label={t("mask.mode.paint")} hint="X" icon={Brush} text />
        <Choice value="erase" label={t("mask.mode.erase")} hint="X" icon={Eraser} text />
      </ToggleGroup.Root>
      <hr className={styles.rule} />
      <ToggleGroup.Root type="single" orientation="vertical" className={styles.group} aria-label={t("mask.tools")} value={tool} onValueChange={(value) => { if (isTool(value)) chooseTool(value); }}>
        {Object.entries(TOOLS).map(([name, { icon, key }]) => (
          <Choice key={name} value={name} label={isTool(name) ? t(`mask.tool.${name}`) : name} hint={key} icon={icon} />
        ))}
      </ToggleGroup.Root>
    </div>
  );
}

interface ChoiceProps {
  readonly value: string;
  readonly label: string;
  readonly hint: string;
  readonly icon: LucideIcon;
  readonly text?: boolean;
}

function Choice({ value, label, hint, icon: Icon, text = false }: ChoiceProps) {
  return (
    <Tooltip.Root>
      <ToggleGroup.Item value={value} asChild>
        <Tooltip.Trigger className={styles.tool} aria-label={label}>
          <Icon aria-hidden="true" />
          {text && <span className={styles.text}>{label}</span>}
        </Tooltip.Trigger>
      </ToggleGroup.Item>
      <Tooltip.Portal>
        <Tooltip.Content side="right" sideOffset={6} collisionPadding={8} className={styles.tip}>
          {label}
          <kbd>{hint}</kbd>
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
